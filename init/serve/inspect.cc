#include "init/serve/inspect.h"

#include <array>
#include <cstddef>
#include <span>

#include <fcntl.h>
#include <sys/prctl.h>

#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "init/run/processes.h"
#include "outis/base/fd.h"
#include "outis/base/process_facts.h"

namespace outis::init {
namespace {

constexpr int kNotThere = 1;
constexpr int kFirstProcess = 1;

// A report is written in the shape of JSON, one object as sandbox/README.md describes it. People
// get the same without what only JSON needs, and a line for each member.
class Report {
public:
    explicit Report(bool json) noexcept : json_(json) {}

    bool json() const noexcept { return json_; }

    // ';' begins a member, ' ' stands between items of a list.
    void put(char c) noexcept
    {
        std::string_view out(&c, 1);
        if (c == ';')
            out = json_ ? "," : "\n";
        else if (c == ' ' || c == '\t')
            out = {", ", json_ ? std::size_t{1} : 2};
        else if (!json_ && c == ':')
            out = ": ";
        else if (!json_ && (c == '"' || c > 'z' || c == '[' || c == ']'))
            return;
        print(out);
    }

    void shape(std::string_view text) noexcept
    {
        for (const char c : text)
            put(c);
    }

    void shape(const char* text) noexcept { shape(std::string_view(text)); }

    void member(const char* key) noexcept
    {
        shape(";\"");
        shape(key);
        shape("\":");
    }

    void number(std::int64_t value) noexcept { shape(Digits(value).text()); }

    // What this program or this user cannot know.
    void unknown() noexcept { shape(json_ ? "null" : "unknown"); }

    // Other bytes than ASCII's printable ones as \OOO: a name must neither move a cursor nor make
    // the report something else than UTF-8.
    void text(std::string_view value) noexcept
    {
        put('"');
        for (const char& c : value) {
            const auto byte = static_cast<unsigned char>(c);
            const bool shown = byte >= ' ' && byte <= '~';
            if (json_ && (!shown || c == '"' || c == '\\'))
                print("\\");
            const char octal[]{'\\', digit(byte >> 6), digit(byte >> 3), digit(byte)};
            print(shown ? std::string_view(&c, 1) : std::string_view(octal, sizeof octal));
        }
        put('"');
    }

    // Separates the items of a list.
    void next(bool& first) noexcept
    {
        if (!first)
            put(' ');
        first = false;
    }

private:
    static char digit(unsigned value) noexcept { return static_cast<char>('0' + (value & 7)); }

    bool json_;
};

// A file of /proc/PID, as far as it fits.
class ProcText {
public:
    ProcText(int pid, std::string_view name) noexcept
    {
        Line path;
        path.add("/proc/").add(std::int64_t{pid}).add(name).add("\0");
        const long fd = sys::open(path.text().data(), O_RDONLY);
        if (fd < 0)
            return;
        const Fd file(static_cast<int>(fd));
        for (;;) {
            const auto room = std::as_writable_bytes(std::span(bytes_)).subspan(length_);
            const long got = room.empty() ? 0 : sys::read(file.get(), room);
            if (got <= 0)
                return;
            length_ += static_cast<std::size_t>(got);
        }
    }

    std::string_view text() const noexcept { return {bytes_.data(), length_}; }

private:
    std::array<char, 16384> bytes_;
    std::size_t length_ = 0;
};

void tell_descriptors(Report& report, int pid) noexcept
{
    Line path;
    path.add("/proc/").add(std::int64_t{pid}).add("/fd\0");
    report.member("descriptors");
    NumberList list(path.text().data());
    if (!list.readable()) {
        report.unknown();
        return;
    }
    bool first = true;
    report.put('[');
    for (int fd = list.next(); fd >= 0; fd = list.next()) {
        report.next(first);
        report.number(fd);
    }
    report.put(']');
}

void tell_points(Report& report, unsigned tenths) noexcept
{
    report.number(tenths / 10);
    report.put('.');
    report.number(tenths % 10);
}

void tell_exposure(Report& report, Exposures exposures) noexcept
{
    report.member("exposure");
    tell_points(report, weight_of(exposures));
    report.member("because");
    bool first = true;
    report.put('[');
    for (const Exposure& exposure : kExposures) {
        if ((exposures & 1) != 0) {
            report.next(first);
            if (report.json()) {
                report.shape("{\"points\":");
                tell_points(report, exposure.weight);
                report.shape(",\"reason\":");
            }
            report.text(exposure.text);
            report.put('}');
        }
        exposures >>= 1;
    }
    report.put(']');
}

void tell_fact(Report& report, std::string_view value, Fact fact) noexcept
{
    if (fact == Fact::name) {
        report.text(value);
    } else if (fact <= Fact::ambient) {
        report.put('[');
        if (fact <= Fact::groups)
            report.shape(value);
        else
            print_capabilities(read_hex(value), report.json());
        report.put(']');
    } else if (value.empty()) {
        report.unknown();
    } else if (fact != Fact::filters) {
        report.shape(value.front() == (fact == Fact::seccomp ? '2' : '1') ? "true" : "false");
    } else {
        report.shape(value);
    }
}

void tell(Report& report, int pid, const ProcessFacts& facts, std::string_view mounts) noexcept
{
    report.shape("{\"process\":");
    report.number(pid);
    for (std::size_t i = 0; i < kFacts; ++i) {
        const auto fact = static_cast<Fact>(i);
        if (fact == Fact::inheritable && report.json())
            report.shape(",\"capabilities\":{\"inheritable\":");
        else
            report.member(kFactNames[i].report);
        tell_fact(report, facts.values[i], fact);
        if (fact == Fact::ambient)
            report.put('}');
    }
    report.member("securebits");
    if (pid == sys::getpid())  // the kernel tells them of oneself alone
        report.number(sys::control(PR_GET_SECUREBITS));
    else
        report.unknown();
    const long abi = sys::landlock_version();
    report.member("landlock_abi");
    report.number(abi < 0 ? 0 : abi);
    tell_descriptors(report, pid);
    report.member("writable_mounts");
    bool writable_root = false;
    bool first = true;
    report.put('[');
    for_each_mount(mounts, [&](std::string_view place, bool writable) {
        if (place == "/")
            writable_root = writable;
        if (!writable)
            return;
        report.next(first);
        report.text(place);
    });
    report.put(']');
    tell_exposure(report, exposures_of(facts, writable_root));
    report.shape("}\n");
}

// 0 where the subject names no process.
int process_of(const char* subject) noexcept
{
    if (subject == nullptr) {
        const int app = first_child(kFirstProcess);
        return app == 0 ? kFirstProcess : app;
    }
    if (std::string_view(subject) == "self")
        return sys::getpid();
    return static_cast<int>(parse_number(subject, 0x7FFFFFFF).value_or(0));
}

}  // namespace

int run_inspect(const Plan& plan) noexcept
{
    const int pid = process_of(plan.subject);
    Line line;
    if (pid == 0) {
        describe(Refusal{.reason = Reason::bad_process, .subject = plan.subject}, line);
        plan.voice.say(Level::error, line);
        return usage_code(plan.manner);
    }
    const ProcText status(pid, "/status");
    const auto facts = read_process_facts(status.text());
    if (!facts) {
        line.add("cannot read /proc/")
            .add(std::int64_t{pid})
            .add("/status: no such process, or no /proc");
        plan.voice.say(Level::error, line);
        return kNotThere;
    }
    const ProcText mounts(pid, "/mountinfo");
    Report report(plan.json);
    tell(report, pid, *facts, mounts.text());
    return 0;
}

}  // namespace outis::init
