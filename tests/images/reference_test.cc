#include "oci/reference.h"

#include <string>

#include <doctest/doctest.h>

namespace reference_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::oci;

TEST_CASE("image names are read as Docker reads them")
{
    struct Case {
        std::string text;
        const char* familiar;  // empty: refused
        const char* full = "";
    };

    const Case cases[] = {
        {"hello", "hello:latest", "docker.io/library/hello:latest"},
        {"hello:1.0", "hello:1.0", "docker.io/library/hello:1.0"},
        {"team/hello", "team/hello:latest", "docker.io/team/hello:latest"},
        {"library/hello", "hello:latest", "docker.io/library/hello:latest"},
        {"docker.io/hello", "hello:latest", "docker.io/library/hello:latest"},
        {"index.docker.io/a/b", "a/b:latest", "docker.io/a/b:latest"},
        {"example.com/hello", "example.com/hello:latest", "example.com/hello:latest"},
        {"localhost/x", "localhost/x:latest", "localhost/x:latest"},
        {"localhost:5000/x:y", "localhost:5000/x:y", "localhost:5000/x:y"},
        {"[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"},
        {"Host/x", "Host/x:latest", "Host/x:latest"},
        {"x/a_b__c-d--e.f", "x/a_b__c-d--e.f:latest", "docker.io/x/a_b__c-d--e.f:latest"},
        {"a", "a:latest", "docker.io/library/a:latest"},
        {"", ""},
        {"Hello", ""},
        {"-x", ""},
        {"x-", ""},
        {"a..b/c/d", ""},
        {"a___b", ""},
        {"a/b/", ""},
        {"a//b", ""},
        {"x:", ""},
        {"x:-1", ""},
        {"x:" + std::string(128, 't'), nullptr},
        {"x:" + std::string(129, 't'), ""},
        {std::string(250, 'x') + "/yyyyyy", ""},
        {"x@sha256:00", ""},
        {"host:port/x", ""},
        {"host:65535/x", "host:65535/x:latest", "host:65535/x:latest"},
        {"host:65536/x", ""},
        {"host:0/x", ""},
        {"h\xC3\xA9", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto reference = parse_reference(c.text);
        const bool good = c.familiar == nullptr || *c.familiar != '\0';
        CHECK(static_cast<bool>(reference) == good);
        if (!reference || c.familiar == nullptr)
            continue;
        CHECK(reference.value().familiar() == c.familiar);
        CHECK(reference.value().full() == c.full);
        const auto again = parse_reference(reference.value().full());
        REQUIRE(again);
        CHECK(again.value() == reference.value());
    }
}

TEST_CASE("any text becomes a valid image name")
{
    struct Case {
        const char* text;
        const char* fitted;
    };

    const Case cases[] = {
        {"hello", "hello"},
        {"Hello", "hello"},
        {"hello.git", "hello"},
        {"my app", "my-app"},
        {"a__b", "a_b"},
        {"..x..", "x"},
        {"", "app"},
        {"---", "app"},
        {"a+-b", "a-b"},
        {"\xC3\xA9t\xC3\xA9", "t"},
        {"v1.2", "v1.2"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(fit_path_component(c.text) == c.fitted);
        CHECK(parse_reference(fit_path_component(c.text)));
    }
}

TEST_CASE("an image without an output goes to a tar of its name")
{
    for (const char* name : {"hello", "team/hello:1", "localhost:5000/team/hello:1",
                             "localhost:5000/hello@sha256:00", "hello:1@sha256:00"}) {
        CAPTURE(name);
        CHECK(default_tar(name) == "hello.tar");
    }
}

}  // namespace reference_test
