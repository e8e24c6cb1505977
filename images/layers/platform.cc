#include "layers/platform.h"

#include "outis/sandbox/arch.h"

namespace outis::images::layers {

std::string platform_name(policy::Arch arch)
{
    return "linux/" + std::string(sandbox::arch_name(arch));
}

bool platform_fits(std::string_view there, std::string_view wanted)
{
    return there.starts_with(wanted) &&
           (there.size() == wanted.size() || there[wanted.size()] == '/');
}

}  // namespace outis::images::layers
