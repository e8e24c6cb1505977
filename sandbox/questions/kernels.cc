// What a profile promises that not every kernel can keep.
#include "outis/sandbox/questions.h"

namespace outis::sandbox {
namespace {

// Which ABI brought what: Documentation/userspace-api/landlock.rst, "Previous limitations".

bool states_files(const Landlock& landlock)
{
    return landlock.read || landlock.write || landlock.execute;
}

void add_note(Diagnostics& notes, const Profile& profile, const std::string& what,
              std::string_view since, std::string_view otherwise)
{
    notes.push_back(Diagnostic{
        .severity = Severity::note,
        .file = profile.name + ".toml",
        .message = what + " " + std::string(since) + "; " + std::string(otherwise),
        .name = "kernel",
    });
}

}  // namespace

Diagnostics kernel_notes(const Profile& profile)
{
    Diagnostics notes;
    const bool best_effort = !profile.landlock || profile.landlock->best_effort;
    const std::string_view otherwise =
        best_effort ? "an older kernel does not keep that, and outis-init -v says so"
                    : "on an older kernel nothing starts";
    const auto needs = [&](bool promised, const std::string& what, std::string_view since) {
        if (promised)
            add_note(notes, profile, what, since, otherwise);
    };
    needs(profile.deny_write_execute, "keeping code safe from writes to /proc/PID/mem",
          "needs Landlock's ABI 2 (Linux 5.19)");
    if (!profile.landlock)
        return notes;
    const Landlock& landlock = *profile.landlock;
    needs(states_files(landlock), "keeping to files", "needs Landlock's ABI 3 (Linux 6.2)");
    needs(landlock.bind || landlock.connect, "keeping to TCP ports",
          "needs Landlock's ABI 4 (Linux 6.7)");
    needs(landlock.ioctl.has_value(), "keeping to requests to devices",
          "needs Landlock's ABI 5 (Linux 6.10)");
    needs(landlock.scopes != 0, "keeping to scopes", "needs Landlock's ABI 6 (Linux 6.12)");
    needs(landlock.bind_udp || landlock.connect_udp, "keeping to UDP ports",
          "needs Landlock's ABI 10 (Linux 7.2)");
    return notes;
}

}  // namespace outis::sandbox
