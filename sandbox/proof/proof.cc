#include "sandbox/proof/proof.h"

#include <string>

#include "outis/sandbox/explain.h"
#include "sandbox/proof/meaning.h"
#include "sandbox/proof/points.h"

namespace outis::sandbox::proof {
namespace {

Result<Done, Error> check_point(const Interpreter& interpreter, const Meaning& meaning,
                                const Point& point)
{
    const std::uint32_t expected = meaning.judge(point.data);
    const Answer answer = interpreter.ask(point.data);
    if (answer.verdict != expected)
        return bad_input("the compiled filter is wrong, which is an error in this program: for " +
                         describe(point.data) + " it answers " + verdict_name(answer.verdict) +
                         ", the profile " + verdict_name(expected));
    if (point.by_number && answer.looked_at_arguments)
        return bad_input(
            "the compiled filter is wrong, which is an error in this program: it looks at the "
            "arguments of " +
            describe(point.data) + " though the profile does not");
    return Done{};
}

}  // namespace

Result<Done, Error> prove(Bytes program, const Profile& profile, policy::Arch arch)
{
    const Meaning meaning(profile, arch);
    const Interpreter interpreter(program);
    return visit_points(program, profile, meaning, [&](const Point& point) {
        return check_point(interpreter, meaning, point);
    });
}

}  // namespace outis::sandbox::proof
