// outis.toml: any text is refused or understood, what is understood prints as what is understood in
// the same way, and a file that was found says no more than one that was named.
#include <cstddef>
#include <cstdint>
#include <string>

#include "bake/config_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace outis::images;
    using namespace outis::images::bake;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto options = parse_config(text, "outis.toml", "/folder");
    const auto found = parse_config(text, "outis.toml", "/folder", ConfigOrigin::found);
    if (found && (!options || !found.value().outputs.empty() || !found.value().trace.empty() ||
                  found.value().go_test || !found.value().authfile.empty()))
        __builtin_trap();
    if (!options)
        return 0;
    const std::string printed = config_text(options.value());
    const auto again = parse_config(printed, "printed", "/folder");
    if (!again || config_text(again.value()) != printed)
        __builtin_trap();
    return 0;
}
