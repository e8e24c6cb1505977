#include "init/serve/probe.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "init/identity/accounts.h"
#include "init/kernel/memory.h"
#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "init/run/supervise.h"
#include "init/serve/target.h"
#include "outis/base/fd.h"

namespace outis::init {
namespace {

using namespace std::string_view_literals;

constexpr int kHealthy = 0;
constexpr int kUnhealthy = 1;
constexpr int kFirstProcess = 1;
constexpr std::size_t kLongestAddress = 400;  // host and path; with the rest of it a request's Line

int unhealthy(const Plan& plan, std::string_view why, long answer = 0) noexcept
{
    Line line;
    // However long the address, the reason has room behind it.
    const std::string_view subject(plan.subject);
    line.add("probe '").add({subject.data(), subject.size() < 300 ? subject.size() : 300});
    line.add("': ").add(why);
    if (answer < 0)
        line.add(": ").add_error(static_cast<int>(-answer));
    plan.voice.say(Level::error, line);
    return kUnhealthy;
}

std::int64_t left_until(std::int64_t deadline) noexcept
{
    const std::int64_t now = sys::milliseconds();
    return deadline > now ? deadline - now : 0;
}

struct Connection {
    Fd fd;
    long error = 0;  // -errno where there is none
};

Connection connect_to(int family, const void* address, unsigned size,
                      std::int64_t deadline) noexcept
{
    const long socket = sys::stream_socket(family);
    if (socket < 0)
        return {.fd = Fd(), .error = socket};
    Fd fd(static_cast<int>(socket));
    long answer = sys::connect(fd.get(), address, size);
    if (answer == -EINPROGRESS) {
        const long ready = sys::wait_for(fd.get(), POLLOUT, left_until(deadline));
        answer = ready == 1 ? sys::socket_error(fd.get()) : ready == 0 ? -ETIMEDOUT : ready;
    }
    if (answer < 0)
        return {.fd = Fd(), .error = answer};
    return {.fd = std::move(fd), .error = 0};
}

// sockaddr_in and sockaddr_in6 begin alike: the family, then the port (ip(7), ipv6(7)).
Connection connect_inet(bool six, std::span<const std::uint8_t> host, std::uint16_t port,
                        std::int64_t deadline) noexcept
{
    const std::uint16_t family = six ? AF_INET6 : AF_INET;
    const std::size_t at =
        six ? offsetof(sockaddr_in6, sin6_addr) : offsetof(sockaddr_in, sin_addr);
    const std::size_t size = six ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    alignas(sockaddr_in6) std::array<std::uint8_t, sizeof(sockaddr_in6)> address{};
    address[0] = static_cast<std::uint8_t>(family);  // little-endian, as both our machines are
    address[2] = static_cast<std::uint8_t>(port >> 8);
    address[3] = static_cast<std::uint8_t>(port);
    for (std::size_t i = 0; i < (six ? 16U : 4U); ++i)
        address[at + i] = host[i];
    return connect_to(family, address.data(), static_cast<unsigned>(size), deadline);
}

Connection connect_unix(std::string_view path, std::int64_t deadline) noexcept
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return {.fd = Fd(), .error = -ENAMETOOLONG};
    for (std::size_t i = 0; i < path.size(); ++i)
        address.sun_path[i] = path[i];
    return connect_to(AF_UNIX, &address, sizeof address, deadline);
}

Connection connect_target(const Target& target, std::int64_t deadline) noexcept
{
    if (target.kind == Target::Kind::unix_socket)
        return connect_unix(target.socket, deadline);
    if (!target.both_families)
        return connect_inet(target.six, target.address, target.port, deadline);
    constexpr std::uint8_t kFour[]{127, 0, 0, 1};
    constexpr std::uint8_t kSix[16]{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    Connection connection = connect_inet(false, kFour, target.port, deadline);
    if (connection.error == -ECONNREFUSED)
        connection = connect_inet(true, kSix, target.port, deadline);
    return connection;
}

long send_request(int fd, const Target& target) noexcept
{
    if (target.host.size() + target.path.size() > kLongestAddress)
        return -ENAMETOOLONG;
    Line request;
    request.add("GET ").add(target.path).add(" HTTP/1.1\r\nHost: ").add(target.host);
    request.add("\r\nUser-Agent: outis-init\r\nConnection: close\r\n\r\n");
    const std::string_view text = request.text();
    return sys::write(fd, std::as_bytes(std::span(text.data(), text.size())));
}

// The first line of the answer, at most a line's worth; the rest is nobody's business.
int judge_answer(const Plan& plan, int fd, std::int64_t deadline) noexcept
{
    std::array<char, 256> text;
    std::size_t length = 0;
    while (length < text.size() && !split({text.data(), length}, '\n').found) {
        const long ready = sys::wait_for(fd, POLLIN, left_until(deadline));
        if (ready != 1)
            return unhealthy(plan, "no answer in time"sv, ready);
        const long got = sys::read(fd, std::as_writable_bytes(std::span(text)).subspan(length));
        if (got < 0)
            return unhealthy(plan, "cannot read the answer"sv, got);
        if (got == 0)
            break;
        length += static_cast<std::size_t>(got);
    }
    const auto status = parse_status_line({text.data(), length});
    if (!status)
        return unhealthy(plan, "the answer is not HTTP"sv);
    if (*status < plan.probe_status.first || *status > plan.probe_status.last) {
        Line line;
        line.add("status ").add(std::int64_t{*status});
        return unhealthy(plan, line.text());
    }
    return kHealthy;
}

int ask(const Plan& plan, const Target& target) noexcept
{
    const std::int64_t deadline = sys::milliseconds() + plan.probe_timeout;
    const Connection connection = connect_target(target, deadline);
    if (connection.error < 0)
        return unhealthy(plan, "cannot connect"sv, connection.error);
    if (target.path.empty())
        return kHealthy;
    if (const long sent = send_request(connection.fd.get(), target); sent < 0)
        return unhealthy(plan, "cannot send the request"sv, sent);
    return judge_answer(plan, connection.fd.get(), deadline);
}

// The program runs as the app does, under the whole policy, and leaves no zombies behind.
int run_program(Plan plan, const Received& received, const Target& target) noexcept
{
    char* alone[]{const_cast<char*>(target.path.data()), nullptr};
    if (plan.program[0] == nullptr) {
        plan.program = alone;
    } else {
        // `--probe exec:PROGRAM [ARG]...`: the option's value takes the place before the operands.
        --plan.program;
        plan.program[0] = const_cast<char*>(target.path.data());
    }
    plan.task = Task::supervise;
    plan.time_limit = plan.probe_timeout;
    const int code = run_supervised(plan, received);
    return code == 0 || code == 124 || code == 125 ? code : kUnhealthy;
}

}  // namespace

int run_probe(const Plan& plan, const Received& received) noexcept
{
    const auto target = parse_target(plan.subject);
    if (!target) {
        Line line;
        describe(Refusal{.reason = Reason::bad_probe, .subject = plan.subject}, line);
        plan.voice.say(Level::error, line);
        return usage_code(plan.manner);
    }
    if (target->kind == Target::Kind::exec)
        return run_program(plan, received, *target);
    if (const int refused = confine_probe(plan, received); refused != 0)
        return refused;
    return ask(plan, *target);
}

int run_sleep(const Plan& plan, const Received& received) noexcept
{
    const int own = sys::getpid();
    if (own != kFirstProcess) {
        sys::swap_mask(received.mask);
        sys::sleep(*parse_time(plan.subject));
        return 0;
    }
    // As PID 1 no signal ends us by itself.
    const std::uint32_t time = *parse_time(plan.subject);
    const timespec left{.tv_sec = time / 1000, .tv_nsec = time % 1000 * 1'000'000L};
    siginfo_t info;
    const long signal =
        sys::take_signal(sys::signal_bit(SIGTERM) | sys::signal_bit(SIGINT), info, &left);
    return signal > 0 ? 128 + static_cast<int>(signal) : 0;
}

// Nobody promised this, so whatever is refused stays as it was.
void drop_privileges() noexcept
{
    for (std::uintptr_t capability = 0; sys::control(PR_CAPBSET_DROP, capability) == 0;)
        ++capability;
    sys::set_groups({});
    sys::set_group(kNobody);
    sys::set_user(kNobody);
    sys::set_capabilities({});
}

[[OUTIS_IN_LOOP]] int run_pause(const Plan& plan) noexcept
{
    sys::close_range(sys::kFirstInherited, sys::kNoDescriptor);
    sys::chdir("/");
    if (plan.subreaper)
        sys::control(PR_SET_CHILD_SUBREAPER, 1);
    // A peer's pause process stays whose it is, so that its owner can end it.
    if (plan.manner == Manner::outis)
        drop_privileges();
    settle_down(plan.voice);
    for (;;) {
        // First, for the signal of whoever died before we blocked them is lost.
        int status = 0;
        while (sys::reap(status, WNOHANG) > 0) {
        }
        siginfo_t info{};
        const long signal = sys::take_signal(sys::kAllSignals, info, nullptr);
        if (signal == SIGTERM || signal == SIGINT)
            return 0;
    }
}

}  // namespace outis::init
