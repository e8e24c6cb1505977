// Health checks, the sleep of preStop hooks, and the pause of a pod's sandbox.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests::probes_test {
namespace {

constexpr const char* kPatience = "60s";

// A server of one connection, on loopback or in a folder.
class Server {
public:
    enum class Family { four, six, local };

    Server(Family family, const std::string& socket)
    {
        if (family == Family::four) {
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            listen_at(AF_INET, address);
            port_ = ntohs(own_address<sockaddr_in>().sin_port);
        } else if (family == Family::six) {
            sockaddr_in6 address{};
            address.sin6_family = AF_INET6;
            address.sin6_addr = in6addr_loopback;
            listen_at(AF_INET6, address);
            port_ = ntohs(own_address<sockaddr_in6>().sin6_port);
        } else {
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
            listen_at(AF_UNIX, address);
        }
    }

    bool listens() const { return listens_; }

    std::string port() const { return std::to_string(port_); }

    // What the client asks, up to the empty line, or up to its end.
    std::string accept_request()
    {
        if (!readable(listener_.get()))
            return "nobody came";
        peer_ = Fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        std::string request;
        while (!request.ends_with("\r\n\r\n") && readable(peer_.get())) {
            char byte = 0;
            if (read(peer_.get(), &byte, 1) != 1)
                break;
            request += byte;
        }
        return request;
    }

    void answer(const std::string& text)
    {
        CHECK(send(peer_.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(text.size()));
    }

    void hang_up() { peer_ = Fd(); }

    ucred peer() const
    {
        ucred who{};
        socklen_t size = sizeof who;
        CHECK(getsockopt(peer_.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0);
        return who;
    }

private:
    template <typename Address>
    void listen_at(int family, const Address& address)
    {
        listener_ = Fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto* any = reinterpret_cast<const sockaddr*>(&address);
        listens_ =
            bind(listener_.get(), any, sizeof address) == 0 && listen(listener_.get(), 1) == 0;
    }

    template <typename Address>
    Address own_address() const
    {
        Address address{};
        socklen_t size = sizeof address;
        getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        return address;
    }

    static bool readable(int fd)
    {
        pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
        return poll(&ready, 1, kDeadline) == 1;
    }

    Fd listener_;
    Fd peer_;
    int port_ = 0;
    bool listens_ = false;
};

Setup probe(const std::string& url, const Words& options = {}, const Words& command = {})
{
    Setup setup;
    setup.arguments = {kInit, "-p", "none", "--timeout", kPatience};
    setup.arguments.insert(setup.arguments.end(), options.begin(), options.end());
    setup.arguments.insert(setup.arguments.end(), {"--probe", url});
    setup.arguments.insert(setup.arguments.end(), command.begin(), command.end());
    setup.environment = base_environment();
    return setup;
}

struct Verdict {
    std::string outcome;
    std::string words;  // at the end of the line on stderr
};

void check_verdict(const Ended& end, const Verdict& expected)
{
    CHECK(end.outcome() == expected.outcome);
    CHECK(end.out.empty());
    if (expected.words.empty())
        CHECK(end.err.empty());
    else
        CHECK(end.err.ends_with(expected.words + "\n"));
}

TEST_CASE("probes: an answer is judged by its first line")
{
    struct Case {
        std::string name;
        Words answer;  // in these parts
        Words options;
        Verdict expected;
    };

    const Case kCases[]{
        {"200", {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}, {}, {"0", ""}},
        {"a redirect", {"HTTP/1.1 302 Found\r\n\r\n"}, {}, {"0", ""}},
        {"404", {"HTTP/1.1 404 Not Found\r\n\r\n"}, {}, {"1", ": status 404"}},
        {"a wanted 404", {"HTTP/1.1 404 Not Found\r\n\r\n"}, {"--status", "404"}, {"0", ""}},
        {"no redirects",
         {"HTTP/1.1 302 Found\r\n\r\n"},
         {"--status", "200-299"},
         {"1", ": status 302"}},
        {"in parts", {"HT", "TP/1.0 2", "00 O", "K\r\n"}, {}, {"0", ""}},
        {"no line end", {"HTTP/1.1 200 OK"}, {}, {"0", ""}},
        {"a line that does not end", {"HTTP/1.1 200 " + std::string(4096, 'a')}, {}, {"0", ""}},
        {"a flood", {std::string(4096, 'a')}, {}, {"1", ": the answer is not HTTP"}},
        {"another protocol", {"SSH-2.0-x\r\n"}, {}, {"1", ": the answer is not HTTP"}},
        {"nothing", {}, {}, {"1", ": the answer is not HTTP"}},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Server server(Server::Family::four, "");
        REQUIRE(server.listens());
        const std::string authority = "127.0.0.1:" + server.port();
        Process init(probe("http://" + authority + "/healthz", c.options));
        CHECK(server.accept_request() == "GET /healthz HTTP/1.1\r\nHost: " + authority +
                                             "\r\nUser-Agent: outis-init\r\n"
                                             "Connection: close\r\n\r\n");
        for (const std::string& part : c.answer)
            server.answer(part);
        server.hang_up();
        check_verdict(init.wait(), c.expected);
    }
}

TEST_CASE("probes: the address and the path of the target are asked")
{
    Folder folder;

    struct Case {
        std::string name;
        Server::Family family;
        std::string before;
        std::string behind;
        bool asks;
    };

    const Case kCases[]{
        {"IPv4", Server::Family::four, "http://127.0.0.1:", "/", true},
        {"IPv6", Server::Family::six, "http://[::1]:", "/", true},
        {"localhost", Server::Family::four, "http://localhost:", "", true},
        {"localhost on IPv6 alone", Server::Family::six, "http://localhost:", "/", true},
        {"no host", Server::Family::four, "http://:", "/", true},
        {"a port alone", Server::Family::four, "tcp://127.0.0.1:", "", false},
        {"a socket", Server::Family::local, "unix://" + folder.file("a"), ":/", true},
        {"a socket alone", Server::Family::local, "unix://" + folder.file("b"), "", false},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const bool local = c.family == Server::Family::local;
        Server server(c.family, local ? c.before.substr(7) : "");
        if (!server.listens() && c.family == Server::Family::six && skip(c.name, "no IPv6 here"))
            continue;
        REQUIRE(server.listens());
        Process init(probe(c.before + (local ? "" : server.port()) + c.behind));
        if (c.asks) {
            CHECK(server.accept_request().starts_with("GET / HTTP/1.1\r\n"));
            server.answer("HTTP/1.1 200 OK\r\n");
        }
        check_verdict(init.wait(), {"0", ""});
    }
}

TEST_CASE("probes: an address that is too long for a request is refused")
{
    struct Case {
        std::string name;
        std::size_t path;
        Verdict verdict;
    };

    const Case kCases[]{
        {"the longest", 391, {"0", ""}},
        {"longer", 392, {"1", "cannot send the request: File name too long"}},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Folder folder;
        const std::string path = folder.file("socket");
        Server server(Server::Family::local, path);
        Process init(probe("unix://" + path + ":/" + std::string(c.path - 1, 'a')));
        if (c.verdict.outcome == "0") {
            CHECK(server.accept_request().ends_with("Connection: close\r\n\r\n"));
            server.answer("HTTP/1.1 200 OK\r\n");
        }
        check_verdict(init.wait(), c.verdict);
    }
}

TEST_CASE("probes: a probe fails in time if there is no answer")
{
    Folder folder;
    Server silent(Server::Family::four, "");
    REQUIRE(silent.listens());
    std::string closed;
    {
        const Server gone(Server::Family::four, "");
        closed = gone.port();
    }

    struct Case {
        std::string name;
        std::string url;
        Words options;
        Verdict expected;
    };

    const Case kCases[]{
        {"a closed port",
         "tcp://127.0.0.1:" + closed,
         {},
         {"1", "cannot connect: Connection refused"}},
        {"no socket",
         "unix://" + folder.file("none"),
         {},
         {"1", "cannot connect: No such file or directory"}},
        {"a path that no socket can have",
         "unix:///" + std::string(200, 'a'),
         {},
         {"1", "cannot connect: File name too long"}},
        {"silence",
         "http://127.0.0.1:" + silent.port(),
         {"--timeout", "250ms"},
         {"1", "no answer in time"}},
        {"a name", "http://example.org/", {}, {"125", ""}},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const Ended end = run(probe(c.url, c.options));
        CHECK(end.outcome() == c.expected.outcome);
        CHECK(end.err.find(c.expected.words) != std::string::npos);
        CHECK(end.err.starts_with("outis-init: "));
    }
}

// The user, the capabilities and no_new_privs of the policy, and a filter of its own.
TEST_CASE("probes: a probe is confined as the app is")
{
    if (lacks_root("init: a confined probe"))
        return;
    Folder folder;
    Server server(Server::Family::local, folder.file("socket"));
    REQUIRE(server.listens());
    REQUIRE(chmod(folder.file("socket").c_str(), 0666) == 0);
    const std::string policy = folder.write_policy("policy", make_policy(strict_sections()));
    Process init(probe("unix://" + folder.file("socket") + ":/", {"-p", policy}));
    server.accept_request();
    CHECK(server.peer().uid == kNobodyId);
    CHECK(server.peer().gid == kNobodyId);
    CHECK(proc_field(init.pid(), "status", "CapBnd") == "0000000000000000");
    CHECK(proc_field(init.pid(), "status", "CapPrm") == "0000000000000000");
    CHECK(proc_field(init.pid(), "status", "NoNewPrivs") == "1");
    CHECK(proc_field(init.pid(), "status", "Seccomp") == "2");
    server.answer("HTTP/1.1 200 OK\r\n");
    CHECK(init.wait().outcome() == "0");
}

TEST_CASE("probes: the exit code of a program decides")
{
    struct Case {
        std::string name;
        std::string program;
        Words arguments;
        Words options;
        std::string outcome;
    };

    const Case kCases[]{
        {"well", kActor, {"exit", "0"}, {}, "0"},
        {"ill", kActor, {"exit", "3"}, {}, "1"},
        {"ended by a signal", kActor, {"die", "9"}, {}, "1"},
        {"not there", "/no/such", {}, {}, "1"},
        {"without arguments", "true", {}, {}, "0"},
        {"too slow", kActor, {"hold"}, {"--timeout", "50ms"}, "1"},
    };
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const Case& c : kCases) {
            CAPTURE(c.name);
            CHECK(run(at(place, probe("exec:" + c.program, c.options, c.arguments))).outcome() ==
                  c.outcome);
        }
    }
}

// The container's variables speak of its app; a probe in it inherits them.
TEST_CASE("probes: rewritten exit codes of the app do not change a probe's answer")
{
    Setup setup = probe(std::string("exec:") + kActor, {}, {"exit", "3"});
    setup.environment.emplace_back("OUTIS_MAP_EXIT=3:0,1:0");
    CHECK(run(setup).outcome() == "1");
}

TEST_CASE("probes: a stop signal does not lengthen the limit")
{
    for (const char* variable : {"A=1", "OUTIS_DRAIN=1h", "OUTIS_GRACE=1h"}) {
        CAPTURE(variable);
        Setup setup = probe(std::string("exec:") + kActor, {"--timeout", "1500ms"},
                            {"ignore", std::to_string(SIGTERM)});
        setup.environment.emplace_back(variable);
        Process init(setup);
        REQUIRE(init.says("ready\n"));
        init.send(SIGTERM);
        CHECK(init.wait().outcome() == "1");
    }
}

// Whoever runs the probe is not troubled by what its program leaves behind.
TEST_CASE("probes: a program's orphans are ended with it")
{
    Process init(probe("exec:/bin/sh", {}, {"-c", "sleep 1000 > /dev/null 2>&1 & exit 0"}));
    CHECK(init.wait().outcome() == "0");
    // What it does not end comes to this process.
    CHECK(children_of(getpid()).empty());
}

}  // namespace
}  // namespace outis::tests::probes_test
