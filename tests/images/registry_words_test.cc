// What registries write, taken apart: pure functions, no network.
#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "http/fields.h"
#include "http/message.h"
#include "http/networks.h"
#include "http/url.h"
#include "places/place.h"
#include "places/remote.h"
#include "registry/refusal.h"
#include "registry/retry.h"

namespace registry_words_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::http;
using namespace outis::images::registry;
using namespace outis::images::places;

TEST_CASE("URLs are read, resolved and shown")
{
    struct Case {
        const char* name;
        const char* base;
        const char* reference;
        const char* meaning;  // origin and target; empty: refused
    };

    const Case cases[] = {
        {"absolute", "https://a/v2/", "https://b:444/x?y=1", "https://b:444/x?y=1"},
        {"default port", "https://a/", "http://b/x", "http://b:80/x"},
        {"no path", "https://a/", "https://b", "https://b:443/"},
        {"absolute path", "http://a:5000/v2/x", "/up/1?s=a%3D", "http://a:5000/up/1?s=a%3D"},
        {"relative path", "http://a/v2/x/uploads/", "uuid", "http://a:80/v2/x/uploads/uuid"},
        {"only a query", "http://a/v2/x?old", "?new", "http://a:80/v2/x?new"},
        {"no scheme", "https://a/", "//b/x", "https://b:443/x"},
        {"upper case", "https://a/", "HTTPS://B.Example/X", "https://b.example:443/X"},
        {"IPv6", "https://a/", "http://[::1]:5000/x", "http://[::1]:5000/x"},
        {"fragment", "https://a/", "/x#y", "https://a:443/x"},
        {"dots", "https://a/v2/b/", "../x", "https://a:443/v2/x"},
        {"user", "https://a/", "https://u:secret@b/x", ""},
        {"another scheme", "https://a/", "ftp://b/x", ""},
        {"file", "https://a/", "file:///etc/passwd", ""},
        {"no host", "https://a/", "https:///x", ""},
        {"blank", "https://a/", "/a b", ""},
        {"line end", "https://a/", "/a\r\nX: y", ""},
        {"the last port", "https://a/", "https://b:65535/", "https://b:65535/"},
        {"a port beyond it", "https://a/", "https://b:65536/", ""},
        {"no port", "https://a/", "https://b:0/", ""},
        {"port too long", "https://a/", "https://b:4444444/", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto base = parse_url(c.base);
        REQUIRE(base);
        const auto url = resolve_url(base.value(), c.reference);
        CHECK((url ? url.value().origin() + url.value().target : "") == c.meaning);
        if (!url)
            CHECK(url.error().text.find("secret") == std::string::npos);
    }
    CHECK_FALSE(parse_url(std::string(kMaxUrl + 1, 'x')));
    CHECK_FALSE(parse_url("/v2/"));
    // What begins as an address is one, or no host.
    for (const char* host : {"127.0.0.1.registry.example:5000", "8.8.8.8x", "8.8.8.8:80:90",
                             "[::1]evil.example", "127.0.0.1.example"}) {
        CAPTURE(std::string(host));
        const std::string text = std::string("http://") + host + "/a";
        CHECK_FALSE(parse_url(text));
        CHECK_FALSE(resolve_url(parse_url("https://registry.example/").value(), text));
    }
    CHECK(parse_url("http://127.0.0.1:5000/a").value().host == "127.0.0.1");
    CHECK(parse_url("http://[::1]:5000").value().host == "::1");
    CHECK(resolve_url(parse_url("https://r.example/").value(), "//s.example/b").value().host ==
          "s.example");
    const Url url{.scheme = "https", .host = "::1", .port = "443", .target = "/a?token=secret"};
    CHECK(url.authority() == "[::1]");
    CHECK(url.shown() == "https://[::1]/a");
    CHECK(url.with_query("digest", "sha256:x").target == "/a?token=secret&digest=sha256:x");
    CHECK(percent_encoded("a b/ü") == "a%20b%2F%C3%BC");
}

TEST_CASE("a loopback address is one that never leaves the machine")
{
    struct Case {
        const char* host;
        bool loopback;
    };

    const Case cases[] = {
        {"localhost", true},     {"x.localhost", false}, {"127.0.0.1", true},
        {"127.255.0.3", true},   {"::1", true},          {"localhost.example", false},
        {"notlocalhost", false}, {"128.0.0.1", false},   {"127.0.0.1.example", false},
        {"::2", false},          {"10.0.0.1", false},    {"::ffff:127.0.0.1", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.host);
        CHECK(is_loopback(c.host) == c.loopback);
    }
}

TEST_CASE("an address of a private network is recognised, however it is written")
{
    for (const char* host : {"127.0.0.1",
                             "10.1.2.3",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.168.1.1",
                             "169.254.169.254",
                             "0.0.0.0",
                             "127.1",
                             "0x7f000001",
                             "2852039166",
                             "0251.0376.43518",
                             "017700000001",
                             "0",
                             "100.64.0.1",
                             "100.127.255.255",
                             "192.0.0.192",
                             "192.88.99.1",
                             "198.18.0.1",
                             "198.19.255.255",
                             "224.0.0.1",
                             "255.255.255.255",
                             "::1",
                             "::",
                             "fe80::1",
                             "febf::1",
                             "fec0::1",
                             "fd00::1",
                             "fc00::1",
                             "ff02::1",
                             "::ffff:10.0.0.1",
                             "::ffff:a9fe:a9fe",
                             "::127.0.0.1",
                             "64:ff9b::a9fe:a9fe",
                             "64:ff9b::10.0.0.1",
                             "64:ff9b:1::1",
                             "2002:7f00:1::",
                             "2001::1",
                             "100::1",
                             "5f00::1"}) {
        CAPTURE(host);
        CHECK(is_private_address(std::string(host)));
    }
    for (const char* host : {"8.8.8.8",           "172.32.0.1",
                             "172.15.0.1",        "192.169.0.1",
                             "11.0.0.1",          "100.63.0.1",
                             "100.128.0.1",       "192.0.1.1",
                             "198.17.0.1",        "198.20.0.1",
                             "223.255.255.255",   "0x08080808",
                             "2001:db8::1",       "2001:200::1",
                             "2606:4700::1111",   "::ffff:8.8.8.8",
                             "64:ff9b::8.8.8.8",  "64:ff9b:2::1",
                             "localhost",         "registry.example",
                             "127.0.0.1.example", ""}) {
        CAPTURE(host);
        CHECK_FALSE(is_private_address(std::string(host)));
    }
}

TEST_CASE("percent escapes are decoded and encoded")
{
    CHECK(percent_decoded("/%6Danifests/%2e%2E") == "/manifests/..");
    for (const char* text : {"", "%", "%4", "%zz", "100%"})
        CHECK(percent_decoded(text) == text);
    CHECK(percent_decoded(percent_encoded("a/b c%")) == "a/b c%");
}

TEST_CASE("a challenge of a registry is parsed, or ignored if it is malformed")
{
    struct Case {
        const char* name;
        const char* value;
        std::vector<std::string> schemes;
        const char* parameter;  // of the first challenge
        const char* text;
    };

    const Case cases[] = {
        {"basic", R"(Basic realm="a b")", {"basic"}, "realm", "a b"},
        {"bearer",
         R"(Bearer realm="https://x/t",service="s",scope="repository:a:pull,push")",
         {"bearer"},
         "scope",
         "repository:a:pull,push"},
        {"two",
         R"(Bearer realm="x", service="y", Basic realm="z")",
         {"bearer", "basic"},
         "service",
         "y"},
        {"blanks", "bearer   realm = \"x\" ,service=y", {"bearer"}, "service", "y"},
        {"escapes", R"(Basic realm="a\"b\\c")", {"basic"}, "realm", R"(a"b\c)"},
        {"the first of two counts", R"(Basic realm="a", realm="b")", {"basic"}, "realm", "a"},
        {"names have no case", R"(BEARER ReAlM="x")", {"bearer"}, "realm", "x"},
        {"no parameters", "Negotiate", {"negotiate"}, "realm", ""},
        {"empty", "", {}, "", ""},
        {"commas", ",,,", {}, "", ""},
        {"no end of the quote", R"(Basic realm="a)", {"basic"}, "realm", ""},
        {"parameters of nobody", R"(realm="a")", {}, "", ""},
        {"bytes", "\x01\x02", {}, "", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::vector<Challenge> challenges = parse_challenges(c.value);
        std::vector<std::string> schemes;
        for (const Challenge& challenge : challenges)
            schemes.push_back(challenge.scheme);
        CHECK(schemes == c.schemes);
        if (!challenges.empty())
            CHECK(challenges.front().parameter(c.parameter) == c.text);
    }
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "Basic realm=\"x\", ";
    CHECK(parse_challenges(many).size() == 16);
}

TEST_CASE("Retry-After says how long to wait")
{
    using std::chrono::seconds;
    // Sun, 06 Nov 1994 08:49:37 GMT
    const auto now = std::chrono::system_clock::from_time_t(784111777);

    struct Case {
        const char* value;
        long wait;  // -1: nothing
    };

    const Case cases[] = {
        {"0", 0},
        {"120", 120},
        {"Sun, 06 Nov 1994 08:50:07 GMT", 30},
        {"Sun, 06 Nov 1994 08:49:07 GMT", 0},
        {"99999999999", 1 << 30},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 1 << 30},
        {"-1", -1},
        {"1.5", -1},
        {"soon", -1},
        {"", -1},
        {"Sun, 06 Nov 1994 08:50:07 GMT and more", -1},
    };
    for (const Case& c : cases) {
        CAPTURE(c.value);
        const auto wait = parse_retry_after(c.value, now);
        CHECK(wait.has_value() == (c.wait >= 0));
        if (wait)
            CHECK(wait->count() == c.wait);
    }
}

TEST_CASE("the fields Range, Warning and Link are parsed")
{
    struct Case {
        const char* value;
        bool good;
        ByteRange range = {};
    };

    const Case uploads[] = {
        {"0-1023", true, {0, 1023}},
        {"bytes=0-9", true, {0, 9}},
        {"0-0", true, {0, 0}},
        {"9-1", false},
        {"0-", false},
        {"-9", false},
        {"a-b", false},
        {"", false},
        {"0-99999999999999999999", false},
    };
    for (const Case& c : uploads) {
        CAPTURE(c.value);
        CHECK(parse_upload_range(c.value).has_value() == c.good);
        CHECK(parse_upload_range(c.value).value_or(ByteRange{}) == c.range);
    }
    const Case contents[] = {
        {"bytes 5-9/10", true, {5, 9}}, {"bytes 5-9/*", true, {5, 9}},
        {"bytes */10", false},          {"5-9/10", false},
        {"bytes 5-9", false},
    };
    for (const Case& c : contents) {
        CAPTURE(c.value);
        CHECK(parse_content_range(c.value).has_value() == c.good);
        CHECK(parse_content_range(c.value).value_or(ByteRange{}) == c.range);
    }
    CHECK(parse_warning("299 - \"gone \\\"soon\\\"\"") == "gone \"soon\"");
    CHECK_FALSE(parse_warning("199 - \"x\""));
    CHECK_FALSE(parse_warning("299 - \"x"));
    CHECK_FALSE(parse_warning("299 agent \"x\""));
    CHECK(parse_next_link("</v2/x?n=2>; rel=\"next\"") == "/v2/x?n=2");
    CHECK(parse_next_link("</a>; rel=prev, </b>; title=\"x\"; rel=next") == "/b");
    CHECK_FALSE(parse_next_link("</a>; rel=prev"));
    CHECK_FALSE(parse_next_link("</a; rel=next"));
    CHECK_FALSE(parse_next_link("</a>;"));
    CHECK(printable_line("a\x1b[2Jb\n\n\xff"
                         "c",
                         100) == "a [2Jb c");
}

TEST_CASE("a request cannot hold a line that its values smuggle in")
{
    Request request{.method = Method::put,
                    .url = {.scheme = "http", .host = "h", .port = "80", .target = "/x"},
                    .fields = {{"A", "b"}},
                    .body = text_payload("12345")};
    const auto text = header_text(request);
    REQUIRE(text);
    CHECK(text.value().starts_with("PUT /x HTTP/1.1\r\nHost: h\r\nUser-Agent: outis/"));
    CHECK(text.value().ends_with("Content-Length: 5\r\nA: b\r\n\r\n"));
    request.fields = {{"Authorization", "Bearer a\r\nX: y"}};
    CHECK_FALSE(header_text(request));
    request.fields = {};
    request.url.target = "/a\r\nX: y";
    CHECK_FALSE(header_text(request));
}

TEST_CASE("temporary errors are retried, and waits double up to a limit")
{
    for (const int status : {408, 429, 499, 500, 502, 503, 504, 522})
        CHECK(is_passing(status));
    for (const int status : {200, 301, 400, 401, 403, 404, 405, 413, 416, 501, 505})
        CHECK_FALSE(is_passing(status));
    using std::chrono::milliseconds;
    const RetryPolicy policy{.first = milliseconds(100), .most = milliseconds(1000)};

    struct Case {
        unsigned next;
        double dice;
        long wait;
    };

    const Case cases[] = {{2, 0, 50},  {2, 1, 100},  {3, 1, 200},    {4, 0.5, 300},
                          {5, 1, 800}, {6, 1, 1000}, {4000, 0, 500}, {0, 1, 100}};
    for (const Case& c : cases) {
        CAPTURE(c.next);
        CHECK(backoff(policy, c.next, c.dice).count() == c.wait);
    }
}

TEST_CASE("a registry's refusal is shown in one line")
{
    const Response response{
        .status = 403,
        .text = R"({"errors": [{"code": "DENIED", "message": "no\n\u001b[31mway"}, 7]})"};
    CHECK(refusal(response, "pushing") == "pushing: 403 Forbidden: DENIED: no [31mway");
    CHECK(refusal(Response{.status = 599, .text = "<html>"}, "x") == "x: 599");
}

TEST_CASE("options of a transfer are accepted, or refused with a reason")
{
    struct Case {
        const char* name;
        RemoteOptions options;
        const char* message;  // empty: good
    };

    const Case cases[] = {
        {"defaults", {}, ""},
        {"all", {.jobs = "8", .tries = "1", .chunk = "16M"}, ""},
        {"no jobs", {.jobs = "0"}, "--jobs '0' must be 1 to 32"},
        {"many jobs", {.jobs = "33"}, "must be 1 to 32"},
        {"words", {.tries = "x"}, "--tries 'x'"},
        {"small chunk", {.chunk = "1K"}, "at least 64K"},
        {"chunk of nothing", {.chunk = "M"}, "at least 64K"},
        {"endless chunk", {.chunk = "99999999999G"}, "at least 64K"},
        {"contradiction", {.tls_ca = "x", .plain_http = true}, "contradict"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto settings = parse_remote(c.options);
        CHECK(static_cast<bool>(settings) == (*c.message == '\0'));
        if (!settings)
            CHECK(settings.error().text.find(c.message) != std::string::npos);
    }
    const auto chunk = parse_remote({.chunk = "128K"});
    REQUIRE(chunk);
    CHECK(chunk.value().chunk == 128U << 10);
    const std::string digest = "sha256:" + std::string(64, '0');
    const std::string text = "docker://localhost:5000/a/b:1@" + digest;
    const auto place = parse_source(text);
    REQUIRE(place);
    CHECK(place.value().digest == digest);
    CHECK(place.value().reference.tag == "1");
    CHECK(place.value().text() == text);
    CHECK_FALSE(parse_target(text));
    CHECK_FALSE(parse_source("docker://a@sha256:x"));
    CHECK_FALSE(parse_source("docker://a@"));
}

}  // namespace registry_words_test
