// What a probe is asked to ask, and the line that it judges.
#include "init/serve/target.h"

#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace outis::tests::target_test {
namespace {

using namespace init;

// "tcp 127.0.0.1 80 host / path"; "-" where the URL is refused.
std::string written(const std::optional<Target>& target)
{
    if (!target)
        return "-";
    std::ostringstream text;
    switch (target->kind) {
    case Target::Kind::exec: text << "exec " << target->path; return text.str();
    case Target::Kind::unix_socket: text << "unix " << target->socket; break;
    case Target::Kind::tcp:
        if (target->both_families)
            text << "both";
        else
            for (std::size_t i = 0; i < (target->six ? 16U : 4U); ++i)
                text << (i == 0 ? "" : ".") << unsigned{target->address[i]};
        text << " " << target->port;
        break;
    }
    text << " " << target->host << " " << target->path;
    return text.str();
}

TEST_CASE("target: the target of a probe is parsed, or refused")
{
    struct Case {
        std::string_view url;
        std::string meaning;
    };

    const Case kCases[]{
        {"http://127.0.0.1:8080/healthz", "127.0.0.1 8080 127.0.0.1:8080 /healthz"},
        {"http://127.0.0.1", "127.0.0.1 80 127.0.0.1 /"},
        {"http://127.0.0.1/a/b?c=d:e", "127.0.0.1 80 127.0.0.1 /a/b?c=d:e"},
        {"http://localhost:1/", "both 1 localhost:1 /"},
        {"http://:8080/x", "both 8080 localhost /x"},
        {"http://", "both 80 localhost /"},
        {"http://[::1]:8080/", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1 8080 [::1]:8080 /"},
        {"http://[fd00::1:2]/", "253.0.0.0.0.0.0.0.0.0.0.0.0.1.0.2 80 [fd00::1:2] /"},
        {"tcp://[1:2:3:4:5:6:7:8]:9", "0.1.0.2.0.3.0.4.0.5.0.6.0.7.0.8 9 [1:2:3:4:5:6:7:8]:9 "},
        {"tcp://[1::]:9", "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0 9 [1::]:9 "},
        {"tcp://0.0.0.0:65535", "0.0.0.0 65535 0.0.0.0:65535 "},
        {"unix:///run/app.sock", "unix /run/app.sock localhost "},
        {"unix:///run/app.sock:/healthz", "unix /run/app.sock localhost /healthz"},
        {"exec:/bin/check", "exec /bin/check"},
        {"exec:check", "exec check"},
        {"tcp://127.0.0.1", "-"},
        {"tcp://127.0.0.1:0", "-"},
        {"tcp://127.0.0.1:65536", "-"},
        {"tcp://127.0.0.1:80/", "-"},
        {"http://example.org/", "-"},
        {"http://127.0.0.1:x/", "-"},
        {"http://127.0.0:1/", "-"},
        {"http://127.0.0.1.1/", "-"},
        {"http://256.0.0.1/", "-"},
        {"http://::1/", "-"},
        {"http://[::1/", "-"},
        {"http://[::1]x/", "-"},
        {"http://[1::2::3]/", "-"},
        {"http://[1:2:3:4:5:6:7]/", "-"},
        {"http://[1:2:3:4:5:6:7:8:9]/", "-"},
        {"http://[1:2:3:4:5:6:7:8::]/", "-"},
        {"http://[12345::]/", "-"},
        {"http://[g::]/", "-"},
        {"http://[1:]/", "-"},
        {"http://[]/", "-"},
        {"unix://run/app.sock", "-"},
        {"unix:///run/app.sock:healthz", "-"},
        {"unix://", "-"},
        {"exec:", "-"},
        {"https://127.0.0.1/", "-"},
        {"HTTP://127.0.0.1/", "-"},
        {"127.0.0.1:80", "-"},
        {"", "-"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.url);
        CHECK(written(parse_target(c.url)) == c.meaning);
    }
}

TEST_CASE("target: the status is read from the first line of an answer")
{
    struct Case {
        std::string_view line;
        std::optional<int> status;
    };

    const Case kCases[]{
        {"HTTP/1.1 200 OK\r\n", 200}, {"HTTP/1.0 503 Service Unavailable\r\n", 503},
        {"HTTP/1.1 204\r\n", 204},    {"HTTP/1.1 204\n", 204},
        {"HTTP/1.1 301", 301},        {"HTTP/1.1 20", {}},
        {"HTTP/1.1 2000", {}},        {"HTTP/1.1 2x0 OK", {}},
        {"HTTP/1.1  200 OK", {}},     {"HTTP/1.1", {}},
        {"HTTP/2 200", {}},           {"http/1.1 200", {}},
        {"SSH-2.0-OpenSSH", {}},      {"", {}},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.line);
        CHECK(parse_status_line(c.line) == c.status);
    }
}

}  // namespace
}  // namespace outis::tests::target_test
