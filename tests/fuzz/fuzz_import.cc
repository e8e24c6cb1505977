// Profiles of other tools: any text is imported in both modes, or is a list of errors that can be
// printed. What is imported compiles, or is refused with an Error that is not our fault.
#include <cstddef>
#include <cstdint>
#include <string>

#include "outis/sandbox/compile.h"
#include "outis/sandbox/import.h"

namespace {

using namespace outis::sandbox;

bool blames_us(const std::string& text)
{
    return text.find("an error in this program") != std::string::npos;
}

void import_one(const ProfileText& text, const ImportOptions& options, bool compile)
{
    const auto imported = import_profile(text, options);
    if (!imported) {
        if (imported.error().empty() || print(imported.error()).empty())
            __builtin_trap();
        // Messages with a place quote the input, which may say anything.
        const Diagnostic& first = imported.error().front();
        if (first.line == 0 && blames_us(first.message))
            __builtin_trap();
        return;
    }
    if (!compile)
        return;
    const auto filter = compile_filter(imported.value().profile, options.arch);
    if (!filter && blames_us(filter.error().text))
        __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ProfileText text{
        .file = "fuzz.json",
        .text = std::string(reinterpret_cast<const char*>(data), size),
    };
    ImportOptions options;
    options.arch = size % 2 == 0 ? outis::policy::Arch::x86_64 : outis::policy::Arch::aarch64;
    options.bases = {{.file = "base.json", .text = R"({"defaultAction":"SCMP_ACT_ERRNO"})"}};
    // The proof takes far longer than the reading, and exact mode always has one.
    import_one(text, options, size % 16 == 0);
    if (size % 8 == 0) {
        options.mode = ImportMode::exact;
        import_one(text, options, false);
    }
    return 0;
}
