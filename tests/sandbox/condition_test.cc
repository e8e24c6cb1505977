#include <array>
#include <string>

#include <doctest/doctest.h>

#include "sandbox/language/condition.h"

namespace outis::sandbox::condition_test {
namespace {

std::string describe(const Test& test)
{
    constexpr std::array<const char*, 6> comparisons{"==", "!=", "<", "<=", ">", ">="};
    std::string text = "arg" + std::to_string(test.argument);
    if (test.mask)
        text += "&" + std::to_string(*test.mask);
    text += comparisons[static_cast<std::size_t>(test.comparison)];
    for (const std::uint64_t constant : test.constants)
        text += std::to_string(static_cast<std::int64_t>(constant)) + ",";
    return text;
}

std::string describe(const std::vector<Conjunction>& any)
{
    std::string text;
    for (const Conjunction& tests : any) {
        text += text.empty() ? "" : " | ";
        for (const Test& test : tests)
            text += describe(test) + " ";
    }
    return text;
}

TEST_CASE("a condition is parsed to its meaning")
{
    struct Case {
        const char* name;
        const char* call;
        const char* text;
        const char* expected;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"equal", "socket", "domain == AF_UNIX", "arg0==1, "},
        {"list", "socket", "domain in [AF_UNIX, AF_INET,AF_INET6]", "arg0==1,2,10, "},
        {"not in", "socket", "domain not in [AF_ALG, 40]", "arg0!=38,40, "},
        {"mask", "clone", "flags & CLONE_NEWUSER == 0", "arg0&268435456==0, "},
        {"joined constants", "mmap", "prot & PROT_WRITE|PROT_EXEC == PROT_WRITE | PROT_EXEC",
         "arg2&6==6, "},
        {"and binds closer", "socket", "domain == 1 and type == 2 or protocol != 0",
         "arg0==1, arg1==2,  | arg2!=0, "},
        {"negative", "openat", "dirfd == AT_FDCWD", "arg0==-100, "},
        {"minus", "kill", "pid >= -1", "arg0>=-1, "},
        {"unsigned as negative", "personality", "persona == -1", "arg0==-1, "},
        {"all bits of an int", "kill", "pid == 0xffffffff", "arg0==4294967295, "},
        {"hexadecimal and octal", "fchmod", "mode in [0x1F, 0o777, 0]", "arg1==31,511,0, "},
        {"pointer", "clone3", "cl_args != 0", "arg0!=0, "},
        {"position", "vhangup", "arg3 < 5", "arg3<5, "},
        {"64 bits", "vhangup", "arg0 == 18446744073709551615", "arg0==-1, "},
        {"line ends", "socket", "domain == 1\n  and\ttype == 2", "arg0==1, arg1==2, "},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto when = language::parse_condition(c.text, c.call);
        if (!when)
            FAIL(when.error().message);
        CHECK(describe(when.value()) == c.expected);
    }
}

TEST_CASE("a wrong condition is refused at the place of the mistake")
{
    struct Case {
        const char* name;
        const char* call;
        const char* text;
        std::uint32_t at;
        const char* message;
        const char* hint;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"empty", "socket", "", 0,
         "expected an argument's name instead of the end of the condition", ""},
        {"argument", "socket", "domian == 1", 0, "'socket' has no argument 'domian'",
         "did you mean 'domain'?"},
        {"argument, nothing near", "socket", "x == 1", 0, "'socket' has no argument 'x'",
         "it has 'domain', 'type' or 'protocol', or arg0 to arg5"},
        {"constant", "socket", "domain == AF_INET66", 10, "unknown constant 'AF_INET66'",
         "did you mean 'AF_INET6'?"},
        {"one equals", "socket", "domain = 1", 7, "'=' compares nothing", "write '=='"},
        {"parentheses", "socket", "(domain == 1)", 0, "conditions have no parentheses",
         "'and' binds closer than 'or'; or write two rules"},
        {"end", "socket", "domain ==", 9, "expected a constant instead of the end of the condition",
         ""},
        {"junk", "socket", "domain == 1 $", 12, "expected 'and', 'or' or the end instead of '$'",
         ""},
        {"open list", "socket", "domain in [1, 2", 15,
         "expected ',' or ']' instead of the end of the condition", ""},
        {"empty list", "socket", "domain in []", 11, "expected a constant instead of ']'", ""},
        {"not alone", "socket", "domain not [1]", 11, "expected 'in' instead of '['", ""},
        {"too wide for int", "socket", "domain == 4294967297", 10,
         "'domain' is signed and has 32 bits, too few for this number", ""},
        {"too small for int", "socket", "domain == -2147483649", 10,
         "'domain' is signed and has 32 bits, too few for this number", ""},
        {"order of an int", "socket", "domain < 0x80000000", 9,
         "'domain' is signed and has 32 bits, too few for this number", ""},
        {"too wide for all", "vhangup", "arg0 == 18446744073709551616", 8,
         "'18446744073709551616' does not fit into 64 bits", ""},
        {"leading zero", "chmod", "mode == 0777", 8, "a number with a leading 0",
         "write 0o17 for octal and 0x17 for hexadecimal"},
        {"not a number", "chmod", "mode == 7x", 8, "'7x' is not a number", ""},
        {"pointer", "openat", "pathname == 5", 9,
         "'pathname' is a pointer, and a filter cannot see what it points to",
         "only '== 0' and '!= 0' have a meaning"},
        {"order under a mask", "clone", "flags & 4 < 4", 10, "masked bits have no order",
         "compare them with '==', '!=' or 'in'"},
        {"outside the mask", "clone", "flags & 4 == 2", 10, "a constant with bits outside the mask",
         "masked bits never equal it"},
        {"unsigned below zero", "personality", "persona < -1", 10,
         "'persona' is unsigned, so nothing is below 0", ""},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto when = language::parse_condition(c.text, c.call);
        REQUIRE_FALSE(when);
        CHECK(when.error().at == c.at);
        CHECK(when.error().message == c.message);
        CHECK(when.error().hint == c.hint);
    }
}

TEST_CASE("a condition has limits of length and depth")
{
    std::string tests = "arg0 == 1";
    for (std::size_t i = 1; i < kMaxTests; ++i)
        tests += " or arg0 == 1";
    CHECK(language::parse_condition(tests, "vhangup"));
    CHECK_FALSE(language::parse_condition(tests + " and arg0 == 1", "vhangup"));

    std::string list = "arg0 in [0";
    for (std::size_t i = 1; i < kMaxConstants; ++i)
        list += "," + std::to_string(i);
    CHECK(language::parse_condition(list + "]", "vhangup"));
    CHECK_FALSE(language::parse_condition(list + ", 99]", "vhangup"));
}

}  // namespace
}  // namespace outis::sandbox::condition_test
