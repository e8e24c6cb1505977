// Whom requests go through: what the environment says, and what a proxy is told.
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "http/fields.h"
#include "http/proxy.h"
#include "registry/repository.h"
#include "scripted_server.h"

namespace proxy_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::http;
using namespace outis::images::registry;
using namespace outis::images::testing;

namespace {

using Variables = std::map<std::string, std::string>;

Proxies proxies(const Variables& variables)
{
    return Proxies([&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? "" : found->second;
    });
}

// "HOST:PORT", "" for none, or the message.
std::string chosen(const Variables& variables, const std::string& url)
{
    const auto proxy = proxies(variables).choose(parse_url(url).value());
    if (!proxy)
        return proxy.error().text;
    return proxy.value() ? proxy.value()->url.host + ":" + proxy.value()->url.port : "";
}

}  // namespace

TEST_CASE("the proxy is that of the environment, in the writings that curl and Go know")
{
    struct Case {
        const char* name;
        Variables variables;
        const char* url;
        const char* chosen;  // or a part of the message
    };

    const Case cases[] = {
        {"none", {}, "https://a.example/", ""},
        {"https", {{"HTTPS_PROXY", "http://p:3128"}}, "https://a.example/", "p:3128"},
        {"https is not for http", {{"HTTPS_PROXY", "http://p:3128"}}, "http://a.example/", ""},
        {"lower case first",
         {{"HTTPS_PROXY", "http://p:1"}, {"https_proxy", "http://q:2"}},
         "https://a.example/",
         "q:2"},
        {"http", {{"HTTP_PROXY", "http://p:1"}}, "http://a.example/", "p:1"},
        {"http of a CGI program",
         {{"HTTP_PROXY", "http://p:1"}, {"REQUEST_METHOD", "GET"}},
         "http://a.example/",
         ""},
        {"http in lower case of a CGI program",
         {{"http_proxy", "http://p:1"}, {"REQUEST_METHOD", "GET"}},
         "http://a.example/",
         "p:1"},
        {"all", {{"ALL_PROXY", "http://p:1"}}, "https://a.example/", "p:1"},
        {"all, but one of its own",
         {{"all_proxy", "http://p:1"}, {"HTTPS_PROXY", "http://q:2"}},
         "https://a.example/",
         "q:2"},
        {"no scheme", {{"HTTPS_PROXY", "p:3128"}}, "https://a.example/", "p:3128"},
        {"no port", {{"HTTPS_PROXY", "http://p"}}, "https://a.example/", "p:80"},
        {"a path behind it", {{"HTTPS_PROXY", "http://p:1/"}}, "https://a.example/", "p:1"},
        {"over TLS", {{"HTTPS_PROXY", "https://u:secret@p:1"}}, "https://a.example/", "of https"},
        {"SOCKS", {{"ALL_PROXY", "socks5h://u:secret@p:1"}}, "https://a.example/", "of socks5h"},
        {"no host", {{"HTTPS_PROXY", "http://u:secret@"}}, "https://a.example/", "HTTPS_PROXY"},
        {"localhost", {{"ALL_PROXY", "http://p:1"}}, "http://localhost:5000/", ""},
        {"127.0.0.1", {{"ALL_PROXY", "http://p:1"}}, "http://127.0.0.1:5000/", ""},
        {"127.1", {{"ALL_PROXY", "http://p:1"}}, "http://127.1:5000/", ""},
        {"::1", {{"ALL_PROXY", "http://p:1"}}, "http://[::1]:5000/", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string got = chosen(c.variables, c.url);
        CAPTURE(got);
        CHECK((*c.chosen == '\0' ? got.empty() : got.find(c.chosen) != std::string::npos));
        CHECK(got.find("secret") == std::string::npos);
    }
    const auto login = proxies({{"HTTPS_PROXY", "http://me:a%3Ab%40c@p:1"}})
                           .choose(parse_url("https://a.example/").value());
    REQUIRE(login);
    CHECK(login.value()->login == "Basic " + base64("me:a:b@c"));
}

TEST_CASE("NO_PROXY names domains, addresses and networks, with ports or without")
{
    struct Case {
        const char* words;
        const char* url;
        bool direct;
    };

    const Case cases[] = {
        {"*", "https://a.example/", true},
        {"a.example", "https://a.example/", true},
        {"A.Example", "https://a.example/", true},
        {"a.example", "https://x.a.example/", true},
        {"a.example", "https://xa.example/", false},
        {".a.example", "https://x.a.example/", true},
        {".a.example", "https://a.example/", false},
        {"*.a.example", "https://x.a.example/", true},
        {"other, a.example", "https://a.example/", true},
        {"other a.example", "https://a.example/", true},
        {"a.example:443", "https://a.example/", true},
        {"a.example:443", "https://a.example:5000/", false},
        {"10.1.2.3", "https://10.1.2.3:5000/", true},
        {"10.1.2.3:5000", "https://10.1.2.3:5000/", true},
        {"10.1.2.3:5001", "https://10.1.2.3:5000/", false},
        {"10.0.0.0/8", "https://10.1.2.3:5000/", true},
        {"10.0.0.0/16", "https://10.1.2.3:5000/", false},
        {"0.0.0.0/0", "https://10.1.2.3/", true},
        {"0.0.0.0/0", "https://a.example/", false},
        {"10.0.0.0/33", "https://10.1.2.3/", false},
        {"10.0.0.0/x", "https://10.1.2.3/", false},
        {"fd00::/8", "https://[fd12::1]:5000/", true},
        {"fd00::/8", "https://[fe12::1]:5000/", false},
        {"fd12::1", "https://[fd12::1]:5000/", true},
        {"[fd12::1]:5000", "https://[fd12::1]:5000/", true},
        {"[fd12::1]:5001", "https://[fd12::1]:5000/", false},
        {",,:5000, ", "https://a.example:5000/", false},
        {"", "https://a.example/", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.words);
        CAPTURE(c.url);
        const Variables variables{{"ALL_PROXY", "http://p:1"}, {"NO_PROXY", c.words}};
        CHECK(chosen(variables, c.url).empty() == c.direct);
    }
}

TEST_CASE("a proxy of plain HTTP is told the whole URL and its own login, and leads nobody inside")
{
    const ScriptedServer proxy([](const Heard& heard) {
        if (heard.target.find("inside") != std::string::npos)
            return answer(307, {{"Location", "http://10.0.0.5/x"}});
        if (heard.target.find("echo") != std::string::npos)
            return answer(403, {},
                          R"({"errors": [{"code": ")" + heard.field("Proxy-Authorization") +
                              R"(", "message": "hunter22"}]})");
        return answer(404);
    });
    RegistrySettings settings = quick_settings();
    settings.plain_http = true;
    settings.proxies = proxies({{"http_proxy", "http://me:hunter22@" + proxy.domain()}});
    const auto registry = Registry::open("registry.invalid:5000", "team/app", settings, {});
    REQUIRE(registry);
    const Repository repository(*registry.value(), "team/app");
    const auto absent = repository.find_manifest("1");
    REQUIRE_MESSAGE(absent, absent.error().text);
    REQUIRE(proxy.heard().size() == 1);
    const Heard heard = proxy.heard().front();
    CHECK(heard.target == "http://registry.invalid:5000/v2/team/app/manifests/1");
    CHECK(heard.field("Host") == "registry.invalid:5000");
    CHECK(heard.field("Proxy-Authorization") == "Basic " + base64("me:hunter22"));
    CHECK(heard.field("Authorization").empty());
    const auto inside = repository.find_manifest("inside");
    REQUIRE_FALSE(inside);
    CHECK(inside.error().text.find("private network") != std::string::npos);
    const auto echo = repository.find_manifest("echo");
    REQUIRE_FALSE(echo);
    CHECK(echo.error().text.find("***") != std::string::npos);
    CHECK(echo.error().text.find("hunter22") == std::string::npos);
    CHECK(echo.error().text.find(base64("me:hunter22")) == std::string::npos);
}

}  // namespace proxy_test
