#include "init/refusal.h"

namespace outis::init {

void describe(const Refusal& refusal, Line& line) noexcept
{
    line.add(refusal.before);
    if (!refusal.subject.empty())
        line.add(" '").add(refusal.subject).add("'");
    line.add(refusal.after);
    if (refusal.number != 0)
        line.add(": ").add_error(refusal.number);
    if (!refusal.remedy.empty())
        line.add("; ").add(refusal.remedy);
}

}  // namespace outis::init
