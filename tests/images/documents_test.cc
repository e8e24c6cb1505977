#include "oci/config.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "outis/utf8.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace documents_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::oci;
namespace json = boost::json;

TEST_CASE("JSON is written in one form")
{
    struct Case {
        const char* name;
        json::value value;
        const char* text;
    };

    const Case cases[] = {
        {"sorted", json::object{{"b", 1}, {"a", 2}, {"B", 3}}, R"({"B":3,"a":2,"b":1})"},
        {"empty", json::object{{"a", json::array{}}, {"o", json::object{}}}, R"({"a":[],"o":{}})"},
        {"literals", json::array{true, false, nullptr, -1}, "[true,false,null,-1]"},
        {"slash and html", json::array{"a/b<>&"}, R"(["a/b<>&"])"},
        {"escapes", json::array{"\"\\\n\t\x01"}, R"(["\"\\\n\t\u0001"])"},
        {"utf-8",
         json::array{"gr\xC3\xBC\xC3\x9F"
                     "e"},
         "[\"gr\xC3\xBC\xC3\x9F"
         "e\"]"},
        {"large", json::array{std::uint64_t{18446744073709551615U}}, "[18446744073709551615]"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(canonical_json(c.value) == c.text);
        const auto again = parse_json(c.text, "x");
        REQUIRE(again);
        CHECK(canonical_json(again.value()) == c.text);
    }
}

TEST_CASE("bad JSON is refused")
{
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("{} x"), std::string("[\"\xFF\"]"),
          std::string(100, '['), std::string("'x'")}) {
        CAPTURE(text);
        CHECK_FALSE(parse_json(text, "x"));
    }
}

TEST_CASE("valid UTF-8 is recognised")
{
    for (const char* good : {"", "a", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x90\x91", "\x7F"}) {
        CAPTURE(good);
        CHECK(is_utf8(good));
    }
    for (const char* bad : {"\xFF", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                            "\xF4\x90\x80\x80", "\x80", "a\xE2\x82"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_utf8(bad));
    }
}

TEST_CASE("what steers a terminal is printed as octal digits, other text as it is")
{
    struct Case {
        const char* text;
        const char* printed;
    };

    const Case cases[] = {
        {"plain text, \\ and '", "plain text, \\ and '"},
        {"Gr\xC3\xBC\xC3\x9F \xE6\x97\xA5 \xF0\x9F\x98\x80",
         "Gr\xC3\xBC\xC3\x9F \xE6\x97\xA5 \xF0\x9F\x98\x80"},
        {"\x1B]0;x\x07", "\\033]0;x\\007"},
        {"a\nb\tc\x7F", "a\\012b\\011c\\177"},
        {"C1 \xC2\x9B", "C1 \\302\\233"},
        {"override \xE2\x80\xAE", "override \\342\\200\\256"},
        {"isolate \xE2\x81\xA6", "isolate \\342\\201\\246"},
        {"separator \xE2\x80\xA8", "separator \\342\\200\\250"},
        {"tag \xF3\xA0\x81\x81", "tag \\363\\240\\201\\201"},
        {"latin \xFC, half \xE2\x80", "latin \\374, half \\342\\200"},
    };
    for (const Case& c : cases) {
        CAPTURE(std::string(c.printed));
        CHECK(printable(c.text) == c.printed);
        CHECK(printable(printable(c.text)) == c.printed);
    }
}

TEST_CASE("lines of other programs have blanks for tabs, no empty ones, and steer nothing")
{
    CHECK(printable_lines("a:\n\tgo get x\n\n\x1B\tb") == "a:\n    go get x\n\\033    b\n");
    CHECK(printable_lines("\t") == "    \n");
    CHECK(printable_lines("\n") == "");
}

TEST_CASE("a configuration holds the settings and the layers")
{
    const RunConfig run{.user = "65534:65534",
                        .entrypoint = {"/app"},
                        .arguments = {"-x"},
                        .environment = {{"B", "2"}, {"A", "1=1"}},
                        .labels = {{"l", "v"}},
                        .ports = {"80/tcp"},
                        .volumes = {"/data"},
                        .workdir = "/data",
                        .stop_signal = "SIGQUIT",
                        .health = HealthCheck{.command = {"/p"}, .interval_ns = 5, .retries = 2}};
    const Layer layer{.diff_id = "sha256:d", .created_by = "test"};
    const std::vector<Layer> layers{layer};
    CHECK(config_json(run, policy::Arch::aarch64, layers, 86399) ==
          R"({"architecture":"arm64","config":{"Cmd":["-x"],"Entrypoint":["/app"],)"
          R"("Env":["A=1=1","B=2"],"ExposedPorts":{"80/tcp":{}},)"
          R"("Healthcheck":{"Interval":5,"Retries":2,"Test":["CMD","/p"]},"Labels":{"l":"v"},)"
          R"("StopSignal":"SIGQUIT","User":"65534:65534","Volumes":{"/data":{}},)"
          R"("WorkingDir":"/data"},"created":"1970-01-01T23:59:59Z",)"
          R"("history":[{"created":"1970-01-01T23:59:59Z","created_by":"test"}],"os":"linux",)"
          R"("rootfs":{"diff_ids":["sha256:d"],"type":"layers"}})");
}

TEST_CASE("ports are numbers with a protocol")
{
    struct Case {
        const char* text;
        const char* full;  // empty: refused
    };

    const Case cases[] = {
        {"80", "80/tcp"},
        {"80/tcp", "80/tcp"},
        {"53/udp", "53/udp"},
        {"65535", "65535/tcp"},
        {"1-9/udp", "1-9/udp"},
        {"0", ""},
        {"65536", ""},
        {"", ""},
        {"/tcp", ""},
        {"80/", ""},
        {"80/http", ""},
        {"-80", ""},
        {"80-", ""},
        {"+80", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto port = parse_port(c.text);
        CHECK((port ? port.value() : "") == c.full);
    }
}

TEST_CASE("a layout's index names the image for every engine")
{
    const Blob top = text_blob("{}");
    const auto reference = parse_reference("team/x:1");
    REQUIRE(reference);
    const std::string digest =
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    CHECK(top.digest == digest);
    CHECK(layout_index_json(top, kManifestType, &reference.value()) ==
          R"({"manifests":[{"annotations":{"io.containerd.image.name":"docker.io/team/x:1",)"
          R"("org.opencontainers.image.ref.name":"1"},"digest":")" +
              digest +
              R"(","mediaType":"application/vnd.oci.image.manifest.v1+json","size":2}],)"
              R"("mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2})");
}

}  // namespace documents_test
