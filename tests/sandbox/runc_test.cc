// Exact imports against the filters that runc loads, and those that libseccomp builds for it.
//
// The public profiles lie in $OUTIS_PROFILES_DATA, or in shared/sandbox-profiles beside this tree;
// Podman's is /usr/share/containers/seccomp.json. What is missing is skipped and said.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "ask.h"
#include "import.h"
#include "import_traps.h"
#include "runc_oracle.h"
#include "support/skip.h"

namespace outis::sandbox::runc_test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kAllCapabilities = (std::uint64_t{1} << 41) - 1;

bool runc_runs()
{
    const bool runs = geteuid() == 0 && std::system("runc --version > /dev/null 2>&1") == 0;
    if (!runs)
        tests::skip("runc", "it is not installed, or we are not root");
    return runs;
}

std::vector<fs::path> public_profiles()
{
    const char* given = std::getenv("OUTIS_PROFILES_DATA");
    const fs::path folder = given != nullptr
                                ? fs::path(given)
                                : fs::path(OUTIS_SOURCE_DIR) / "../shared/sandbox-profiles";
    std::vector<fs::path> files;
    for (const char* name : {"moby-default.json", "containers-common.json",
                             "moby-fixture-old-format.json", "runc-test1.json", "runc-test2.json"})
        files.push_back(folder / name);
    files.emplace_back("/usr/share/containers/seccomp.json");
    std::erase_if(files, [](const fs::path& file) {
        const bool missing = !fs::exists(file);
        if (missing)
            tests::skip(file.filename().string(), "there is no " + file.string());
        return missing;
    });
    return files;
}

std::string text_of(const fs::path& file)
{
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

Imported exactly(const std::string& json, ImportOptions options)
{
    options.mode = ImportMode::exact;
    return imported_well(json, options);
}

TEST_CASE("each import trap gives the filter that runc makes")
{
    if (!runc_runs())
        return;
    for (const Trap& trap : traps()) {
        CAPTURE(trap.name);
        ImportOptions options = trap.options;
        options.arch = policy::Arch::x86_64;
        const RuncProgram runc = loaded_by_runc(trap.oci.empty() ? trap.json : trap.oci);
        REQUIRE_FALSE(runc.program.empty());
        const Interpreter interpreter(runc.program);
        for (const Ask& ask : trap.asks) {
            CAPTURE(ask.call);
            CAPTURE(ask.arguments[0]);
            CHECK(verdict_name(runc.ask(interpreter, call_data(ask))) ==
                  (ask.library.empty() ? ask.runc : ask.library));
        }
        if (!trap.same_points)
            continue;
        const Imported ours = exactly(trap.json, options);
        CHECK(difference(filter_of(ours.profile, options.arch), runc, options.arch) == "");
    }
}

TEST_CASE("public profiles give the filter of libseccomp with runc's stub")
{
    for (const fs::path& file : public_profiles()) {
        CAPTURE(file.string());
        const std::string json = without_unknown_names(text_of(file));
        for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64}) {
            for (const std::uint64_t held :
                 {default_capabilities(Dialect::docker), std::uint64_t{0}, kAllCapabilities}) {
                CAPTURE(held);
                ImportOptions options;
                options.arch = arch;
                options.capabilities = held;
                const Imported ours = exactly(json, options);
                const RuncProgram theirs = built_as_runc(resolved_by_tool(json, options), arch);
                CHECK(difference(filter_of(ours.profile, arch), theirs, arch) == "");
            }
        }
    }
}

TEST_CASE("public profiles give the filter that runc loads")
{
    if (!runc_runs() || host_arch() != policy::Arch::x86_64)
        return;
    for (const fs::path& file : public_profiles()) {
        CAPTURE(file.string());
        const std::string json = without_unknown_names(text_of(file));
        // runc 1.1 has no stub for a native ABI that is not listed.
        if (file.filename().string().starts_with("runc-test"))
            continue;
        for (const std::uint64_t held :
             {default_capabilities(Dialect::docker), std::uint64_t{0}, kAllCapabilities}) {
            CAPTURE(held);
            ImportOptions options;
            options.arch = policy::Arch::x86_64;
            options.capabilities = held;
            const Imported ours = exactly(json, options);
            const RuncProgram theirs = loaded_by_runc(resolved_by_tool(json, options));
            REQUIRE_FALSE(theirs.program.empty());
            CHECK(difference(filter_of(ours.profile, options.arch), theirs, options.arch) == "");
        }
    }
}

TEST_CASE("Docker's default profile gives a small filter, and is imported quickly")
{
    for (const fs::path& file : public_profiles()) {
        if (file.filename() != "moby-default.json")
            continue;
        for (const ImportMode mode : {ImportMode::hardened, ImportMode::exact}) {
            const auto before = std::chrono::steady_clock::now();
            Imported got =
                imported_well(text_of(file), {.mode = mode, .arch = policy::Arch::x86_64});
            CHECK(compile_policy(got.profile, policy::Arch::x86_64));
            const std::chrono::duration<double> time = std::chrono::steady_clock::now() - before;
            const std::size_t three = filter_of(got.profile, policy::Arch::x86_64).size() / 8;
            got.profile.seccomp->architectures.clear();
            const std::size_t native = filter_of(got.profile, policy::Arch::x86_64).size() / 8;
            std::printf("%s: %zu instructions, native alone %zu; %.0f ms\n",
                        mode == ImportMode::exact ? "exact" : "hardened", three, native,
                        time.count() * 1000);
            CHECK(three <= 330);
            CHECK(native <= 90);
        }
    }
}

}  // namespace
}  // namespace outis::sandbox::runc_test
