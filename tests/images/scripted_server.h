// A loopback server that does as a test tells it: for what no real registry can be made to show.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/message.h"
#include "outis/base/fd.h"
#include "registry/registry.h"

namespace outis::images::testing {

struct Heard {
    std::string method = {};
    std::string target = {};
    http::Fields fields = {};
    std::string body = {};

    [[nodiscard]] std::string field(const char* name) const
    {
        return http::find_field(fields, name);
    }
};

constexpr std::size_t kWholeBody = static_cast<std::size_t>(-1);

struct Reply {
    std::string bytes = {};              // as they go out; none: the connection is closed
    bool close = false;                  // after them
    std::chrono::milliseconds pause{0};  // before them
    std::chrono::milliseconds drip{0};   // before each byte of the body
    bool deaf = false;                   // it answers at once, and reads nothing more
    std::size_t take_body = kWholeBody;  // less: read so much, then close without a word
};

// A whole answer with its length.
Reply answer(int status, const http::Fields& fields = {}, const std::string& body = {});

// Three tries without waits to speak of; silence is half a second, but for what a body awaits.
registry::RegistrySettings quick_settings();

class ScriptedServer {
public:
    // Asked for each request, before its body is read; from any thread, one at a time.
    using Script = std::function<Reply(const Heard&)>;

    explicit ScriptedServer(Script script);
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer();

    // "127.0.0.1:PORT"
    [[nodiscard]] std::string domain() const { return "127.0.0.1:" + std::to_string(port_); }

    // All requests so far, but the first look at "/v2/" by which a loopback registry is found.
    [[nodiscard]] std::vector<Heard> heard() const;

private:
    void serve();
    void serve_connection(int fd);

    Script script_;
    Fd listener_;
    Fd stop_read_;
    Fd stop_write_;
    int port_ = 0;
    mutable std::mutex mutex_;
    std::vector<Heard> heard_;
    std::vector<std::thread> connections_;
    std::thread thread_;
};

// The registry that the server plays, with the notes it has given.
struct OpenedRegistry {
    std::vector<std::string> notes = {};
    std::unique_ptr<registry::Registry> registry = {};
};

std::unique_ptr<OpenedRegistry> opened_registry(
    const ScriptedServer& server, const registry::RegistrySettings& settings = quick_settings());

}  // namespace outis::images::testing
