#include "scripted_server.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

namespace outis::images::testing {

namespace {

// Waits for the socket or for the end of the test; false at that end.
bool readable(int fd, int stop)
{
    std::array<pollfd, 2> waiting{pollfd{fd, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
    while (::poll(waiting.data(), waiting.size(), -1) < 0) {
    }
    return waiting[1].revents == 0;
}

bool send_all(int fd, const std::string& bytes)
{
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t count = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        at += static_cast<std::size_t>(count);
    }
    return true;
}

std::string cut(std::string& text, const std::string& end)
{
    const std::size_t at = text.find(end);
    const std::string part = text.substr(0, at);
    text.erase(0, at == std::string::npos ? at : at + end.size());
    return part;
}

Heard parse(std::string head)
{
    std::string line = cut(head, "\r\n");
    Heard heard;
    heard.method = cut(line, " ");
    heard.target = cut(line, " ");
    while (!head.empty()) {
        std::string field = cut(head, "\r\n");
        const std::string name = cut(field, ": ");
        heard.fields.push_back({name, field});
    }
    return heard;
}

}  // namespace

Reply answer(int status, const http::Fields& fields, const std::string& body)
{
    std::string bytes = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
    bool has_length = false;
    for (const http::Field& field : fields) {
        bytes += field.name + ": " + field.value + "\r\n";
        has_length = has_length || field.name == "Content-Length";
    }
    if (!has_length && status != 204)
        bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return {.bytes = bytes + "\r\n" + body};
}

registry::RegistrySettings quick_settings()
{
    return {.patience = {.silence = std::chrono::milliseconds(500),
                         .answer = std::chrono::milliseconds(60'000)},
            .retry = {.tries = 3,
                      .first = std::chrono::milliseconds(1),
                      .most = std::chrono::milliseconds(2)}};
}

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script))
{
    listener_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_.get(), raw, size) == 0);
    REQUIRE(::listen(listener_.get(), 16) == 0);
    REQUIRE(::getsockname(listener_.get(), raw, &size) == 0);
    port_ = ntohs(address.sin_port);
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    stop_read_ = Fd(ends[0]);
    stop_write_ = Fd(ends[1]);
    thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer()
{
    // Readable for everybody, once and for all.
    [[maybe_unused]] const ssize_t written = ::write(stop_write_.get(), "x", 1);
    thread_.join();
    for (std::thread& connection : connections_)
        connection.join();
}

std::vector<Heard> ScriptedServer::heard() const
{
    const std::scoped_lock lock(mutex_);
    return heard_;
}

void ScriptedServer::serve()
{
    while (readable(listener_.get(), stop_read_.get())) {
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0)
            connections_.emplace_back([this, fd] { serve_connection(fd); });
    }
}

void ScriptedServer::serve_connection(int fd)
{
    const Fd owned(fd);
    std::string input;
    const auto read_more = [&] {
        std::array<char, 65536> buffer{};
        if (!readable(fd, stop_read_.get()))
            return false;
        const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (count > 0)
            input.append(buffer.data(), static_cast<std::size_t>(count));
        return count > 0;
    };
    while (true) {
        while (input.find("\r\n\r\n") == std::string::npos) {
            if (!read_more())
                return;
        }
        Heard heard = parse(cut(input, "\r\n\r\n"));
        const std::string text = heard.field("Content-Length");
        std::size_t length = 0;
        std::from_chars(text.data(), text.data() + text.size(), length);
        Reply reply;
        const bool is_look = heard.target == "/v2/" && heard.fields.size() == 2;
        {
            const std::scoped_lock lock(mutex_);
            reply = is_look ? answer(200) : script_(heard);
        }
        const std::size_t wanted = reply.deaf ? 0 : std::min(length, reply.take_body);
        while (input.size() < wanted) {
            if (!read_more())
                return;
        }
        heard.body = reply.deaf ? "" : input.substr(0, length);
        input.erase(0, length);
        if (!is_look) {
            const std::scoped_lock lock(mutex_);
            heard_.push_back(heard);
        }
        pollfd stop{stop_read_.get(), POLLIN, 0};
        ::poll(&stop, 1, static_cast<int>(reply.pause.count()));
        const std::size_t at_once =
            reply.drip.count() == 0 ? reply.bytes.size() : reply.bytes.find("\r\n\r\n") + 4;
        if (reply.take_body < length || reply.bytes.empty() ||
            !send_all(fd, reply.bytes.substr(0, at_once)))
            return;
        for (std::size_t at = at_once; at < reply.bytes.size(); ++at) {
            if (::poll(&stop, 1, static_cast<int>(reply.drip.count())) != 0 ||
                !send_all(fd, reply.bytes.substr(at, 1)))
                return;
        }
        if (reply.close)
            return;
        if (reply.deaf) {
            ::poll(&stop, 1, -1);
            return;
        }
    }
}

std::unique_ptr<OpenedRegistry> opened_registry(const ScriptedServer& server,
                                                const registry::RegistrySettings& settings)
{
    auto opened = std::make_unique<OpenedRegistry>();
    auto registry = registry::Registry::open(
        server.domain(), "team/app", settings,
        [at = opened.get()](const std::string& note) { at->notes.push_back(note); });
    REQUIRE(registry);
    opened->registry = registry.take();
    return opened;
}

}  // namespace outis::images::testing
