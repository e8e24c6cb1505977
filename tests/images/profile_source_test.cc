#include "content/profile_source.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"

namespace profile_source_test {

using namespace outis;
using namespace outis::images::content;
using namespace outis::images::testing;

TEST_CASE("a profile is a shipped name, or a file whose ending or first bytes say its form")
{
    const WorkFolder work_folder;
    write_text(work_folder / "a.toml", "{");
    write_text(work_folder / "a.json", "description = 'x'");
    write_text(work_folder / "a.policy", "{");
    write_text(work_folder / "compiled", make_policy({}));
    write_text(work_folder / "foreign", " \n\t{}");
    write_text(work_folder / "text", "description = 'x'");
    write_text(work_folder / "empty", "");
    const std::vector<std::filesystem::path> folders{work_folder / "data/profiles"};

    struct Case {
        const char* name;
        std::string profile;
        ProfileForm form;
        const char* shipped = "";
    };

    const Case cases[] = {
        {"a shipped name", "baseline", ProfileForm::toml, "baseline"},
        {"the ending wins: text", work_folder.path("a.toml"), ProfileForm::toml},
        {"the ending wins: JSON", work_folder.path("a.json"), ProfileForm::json},
        {"the ending wins: compiled", work_folder.path("a.policy"), ProfileForm::policy},
        {"first bytes: compiled", work_folder.path("compiled"), ProfileForm::policy},
        {"first bytes: JSON behind blanks", work_folder.path("foreign"), ProfileForm::json},
        {"first bytes: text", work_folder.path("text"), ProfileForm::toml},
        {"an empty file", work_folder.path("empty"), ProfileForm::toml},
        {"a stream", "/dev/null", ProfileForm::toml},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto source = find_profile(c.profile, folders);
        REQUIRE(source);
        CHECK(source.value().form == c.form);
        CHECK(source.value().name == c.shipped);
        if (*c.shipped == '\0')
            CHECK(source.value().file == c.profile);
    }
}

TEST_CASE("a profile that is not there is answered with the names there are, never with 'none'")
{
    const WorkFolder work_folder;
    const std::vector<std::filesystem::path> folders{work_folder / "data/profiles"};

    struct Case {
        const char* profile;
        const char* meant;  // empty: nothing is suggested
        const char* also = "'strict'";
    };

    const Case cases[] = {
        {"bsaeline", "did you mean 'baseline'"},
        {"nonee", ""},
        {"nope", ""},
        {"nne", ""},
        {"", ""},
        {"xyzzy", ""},
        {"/", "", "is a directory"},
        {"/proc/self/exe", "", "it is no text"},
        {"./absent", "", "cannot read './absent'"},
        {"absent.toml", "", "cannot read 'absent.toml'"},
        {"absent.policy", "", "cannot read 'absent.policy'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.profile);
        const auto source = find_profile(c.profile, folders);
        REQUIRE_FALSE(source);
        const std::string& text = source.error().text;
        CHECK(text.find(c.also) != std::string::npos);
        CHECK(text.find(*c.meant == '\0' ? "'" : c.meant) != std::string::npos);
        CHECK((text.find("did you mean") != std::string::npos) == (*c.meant != '\0'));
    }
}

}  // namespace profile_source_test
