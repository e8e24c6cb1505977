#include "content/certificates.h"

#include <string>

#include <doctest/doctest.h>

#include "fixture.h"

namespace certificates_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::content;
using namespace outis::images::testing;

TEST_CASE("certificates are counted and cleaned")
{
    const std::string authority = read_text(OUTIS_TEST_DATA "/authority.pem");
    REQUIRE_FALSE(authority.empty());
    std::string broken = authority;
    broken.replace(broken.find("\nMI") + 1, 8, "AAAAAAAA");

    struct Case {
        const char* name;
        std::string text;
        std::size_t count;  // 0: refused
        const char* message = "";
    };

    const Case cases[] = {
        {"one", authority, 1},
        {"two", authority + authority, 2},
        {"comments", "# ours\n" + authority + "the end\n", 1},
        {"no line end", authority.substr(0, authority.size() - 1), 1},
        {"empty", "", 0, "no certificate"},
        {"text", "hello", 0, "no certificate"},
        {"cut off", authority.substr(0, authority.size() / 2), 0, "certificate 1"},
        {"broken", broken, 0, "certificate 1"},
        {"second broken", authority + broken, 0, "certificate 2"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto certificates = read_certificates(c.text, "x.pem");
        CHECK(static_cast<bool>(certificates) == (c.count > 0));
        if (certificates)
            CHECK(certificates.value().list.size() == c.count);
        if (certificates)
            CHECK(certificates.value().list.front().subject == "CN=Outis test authority");
        else
            CHECK(certificates.error().text.find(c.message) != std::string::npos);
    }
}

TEST_CASE("the pinned bundle is sound, and no file of this machine's /etc")
{
    const auto pinned = read_certificates(read_text(OUTIS_TEST_SHARE "/ca.pem"), "ca.pem");
    REQUIRE(pinned);
    CHECK(pinned.value().list.size() >= 100);
    CHECK(
        pinned.value().list.size() ==
        std::stoul(output_of({"sh", "-c", "ls /usr/share/ca-certificates/mozilla/*.crt | wc -l"})));
}

}  // namespace certificates_test
