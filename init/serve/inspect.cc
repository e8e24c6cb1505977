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

// The rows of a report: "KEY: VALUE" lines, or one JSON object.
class Report {
public:
    explicit Report(bool json) noexcept : json_(json) {}

    void begin(std::string_view key) noexcept
    {
        if (json_) {
            print(first_ ? "{\"" : ",\"");
            print(key);
            print("\":");
        } else {
            print(first_ ? "" : "\n");
            print(key);
            print(": ");
        }
        first_ = false;
    }

    // A number.
    void bare(std::string_view key, std::string_view value) noexcept
    {
        begin(key);
        print(value);
    }

    void number(std::string_view key, std::int64_t value) noexcept
    {
        bare(key, Digits(value).text());
    }

    void text(std::string_view key, std::string_view value) noexcept
    {
        begin(key);
        quote();
        escaped(value);
        quote();
    }

    void capabilities(std::string_view key, std::uint64_t set) noexcept
    {
        begin(key);
        quote();
        print_capabilities(set);
        quote();
    }

    void open_list(std::string_view key) noexcept
    {
        begin(key);
        print(json_ ? "[" : "");
        empty_ = true;
    }

    void item(std::string_view value) noexcept
    {
        print(empty_ ? "" : json_ ? "," : ", ");
        empty_ = false;
        quote();
        escaped(value);
        quote();
    }

    void close_list() noexcept { print(json_ ? "]" : ""); }

    void end() noexcept { print(json_ ? "}\n" : "\n"); }

private:
    void quote() noexcept { print(json_ ? "\"" : ""); }

    void escaped(std::string_view text) noexcept
    {
        for (const char& c : text) {
            if (json_ && (c == '"' || c == '\\'))
                print("\\");
            print({static_cast<unsigned char>(c) < ' ' ? " " : &c, 1});
        }
    }

    bool json_;
    bool first_ = true;
    bool empty_ = true;
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
    NumberList list(path.text().data());
    if (!list.readable()) {
        report.text("descriptors", "not visible to this user");
        return;
    }
    report.open_list("descriptors");
    for (int fd = list.next(); fd >= 0; fd = list.next())
        report.item(Digits(fd).text());
    report.close_list();
}

void tell_exposure(Report& report, const ProcessFacts& facts, bool writable_root) noexcept
{
    const unsigned score = exposure_of(facts, writable_root);
    const char tenth[]{static_cast<char>('0' + score % 10)};
    report.bare("exposure", Line{}.add(std::int64_t{score / 10}).add(".").add({tenth, 1}).text());
    report.open_list("because");
    for (std::size_t i = 0; i < std::size(kExposures); ++i) {
        if (is_exposed(facts, writable_root, static_cast<Exposed>(i)))
            report.item(kExposures[i].text);
    }
    report.close_list();
}

void tell(Report& report, int pid, const ProcessFacts& facts, std::string_view mounts) noexcept
{
    report.number("process", pid);
    for (std::size_t i = 0; i < kFacts; ++i) {
        const std::string_view key = kFactNames[i].report;
        if (is_capability_set(i))
            report.capabilities(key, read_hex(facts.values[i]));
        else
            report.text(key, facts.values[i]);
    }
    if (pid == sys::getpid())  // the kernel tells them of oneself alone
        report.number("securebits", sys::control(PR_GET_SECUREBITS));
    const long abi = sys::landlock_version();
    report.number("landlock_abi", abi < 0 ? 0 : abi);
    tell_descriptors(report, pid);
    report.open_list("writable_mounts");
    for_each_mount(mounts, [&](std::string_view place, bool writable) {
        if (writable)
            report.item(place);
    });
    report.close_list();
    tell_exposure(report, facts, root_is_writable(mounts));
    report.end();
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
