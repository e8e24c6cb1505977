#include "programs/run_time.h"

#include <algorithm>
#include <array>

#include "host/input.h"

namespace outis::images::programs {

namespace {

struct Call {
    std::string_view name;
    unsigned evidence;
};

constexpr std::array kCalls{
    Call{"pthread_cancel", kUnwinds},
    Call{"pthread_exit", kUnwinds},
    Call{"getaddrinfo", kAsksNames | kAsksServices},
    Call{"getnameinfo", kAsksNames},
    Call{"gethostbyname", kAsksNames},
    Call{"gethostbyname2", kAsksNames},
    Call{"gethostbyname_r", kAsksNames},
    Call{"gethostbyname2_r", kAsksNames},
    Call{"gethostbyaddr", kAsksNames},
    Call{"gethostbyaddr_r", kAsksNames},
    Call{"getpwnam", kAsksNames},
    Call{"getpwnam_r", kAsksNames},
    Call{"getpwuid", kAsksNames},
    Call{"getpwuid_r", kAsksNames},
    Call{"getpwent", kAsksNames},
    Call{"getpwent_r", kAsksNames},
    Call{"getgrnam", kAsksNames},
    Call{"getgrnam_r", kAsksNames},
    Call{"getgrgid", kAsksNames},
    Call{"getgrgid_r", kAsksNames},
    Call{"getgrent", kAsksNames},
    Call{"getgrent_r", kAsksNames},
    Call{"getgrouplist", kAsksNames},
    Call{"initgroups", kAsksNames},
    Call{"getspnam", kAsksNames},
    Call{"getspnam_r", kAsksNames},
    Call{"getservbyname", kAsksNames | kAsksServices},
    Call{"getservbyname_r", kAsksNames | kAsksServices},
    Call{"getservbyport", kAsksNames | kAsksServices},
    Call{"getservbyport_r", kAsksNames | kAsksServices},
    Call{"getprotobyname", kAsksNames | kAsksServices},
    Call{"getprotobyname_r", kAsksNames | kAsksServices},
    Call{"getprotobynumber", kAsksNames | kAsksServices},
    Call{"getnetbyname", kAsksNames},
    Call{"iconv_open", kConverts},
    Call{"setlocale", kHasLocale},
    Call{"newlocale", kHasLocale},
    Call{"dlopen", kLoadsMore},
    Call{"dlmopen", kLoadsMore},
    Call{"lt_dlopen", kLoadsMore},
    Call{"lt_dlopenext", kLoadsMore},
    Call{"lt_dlopenadvise", kLoadsMore},
    Call{"g_module_open", kLoadsMore},
};

bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The text in quotes behind `label` in a file.
std::string quoted_behind(std::string_view file, std::string_view label)
{
    constexpr std::size_t kLongest = 4096;
    const std::size_t at = file.find(label);
    if (at == std::string_view::npos)
        return {};
    const std::string_view rest = file.substr(at + label.size(), kLongest);
    const std::size_t end = rest.find('"');
    const std::string text(rest.substr(0, end));
    return end == std::string_view::npos || !text.starts_with('/') ||
                   text.find('\0') != std::string::npos
               ? ""
               : text;
}

}  // namespace

unsigned evidence_in(const ElfSymbols& symbols)
{
    unsigned evidence = 0;
    for (const std::string_view name : symbols.imports) {
        const auto* row = std::ranges::find(kCalls, name, &Call::name);
        if (row != kCalls.end())
            evidence |= row->evidence;
    }
    return evidence;
}

std::vector<std::string> name_services(std::string_view nsswitch)
{
    std::vector<std::string> services;
    while (!nsswitch.empty()) {
        const std::size_t end = std::min(nsswitch.find('\n'), nsswitch.size());
        std::string_view line = nsswitch.substr(0, end);
        nsswitch.remove_prefix(std::min(end + 1, nsswitch.size()));
        line = line.substr(0, line.find('#'));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos)
            continue;
        line.remove_prefix(colon + 1);
        while (!line.empty()) {
            // "[NOTFOUND=return]" says what to do after a service.
            if (line.front() == '[') {
                line.remove_prefix(std::min(line.find(']'), line.size() - 1) + 1);
                continue;
            }
            const auto* stop = std::ranges::find_if_not(line, is_word);
            const auto length = static_cast<std::size_t>(stop - line.begin());
            const std::string service(line.substr(0, length));
            line.remove_prefix(std::max<std::size_t>(length, 1));
            if (!service.empty() && std::ranges::find(services, service) == services.end())
                services.push_back(service);
        }
    }
    return services;
}

bool has_name_service(const ElfSymbols& libc, const std::string& service)
{
    const std::string prefix = "_nss_" + service + "_";
    return std::ranges::any_of(libc.exports,
                               [&](std::string_view name) { return name.starts_with(prefix); });
}

OpensslFolders openssl_folders(Bytes libcrypto)
{
    const std::string_view file = host::as_text(libcrypto);
    return {.settings = quoted_behind(file, "OPENSSLDIR: \""),
            .modules = quoted_behind(file, "MODULESDIR: \"")};
}

std::vector<std::string> locale_folders(const std::string& locale)
{
    // glibc takes an encoding's name without punctuation and in lower case (localedef(1)).
    const std::size_t dot = locale.find('.');
    std::vector<std::string> names{locale};
    if (dot == std::string::npos)
        return names;
    const std::size_t at = std::min(locale.find('@', dot), locale.size());
    std::string plain = locale.substr(0, dot + 1);
    for (const char c : locale.substr(dot + 1, at - dot - 1)) {
        if (is_word(c) && c != '_')
            plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    plain += locale.substr(at);
    if (plain != locale)
        names.push_back(plain);
    return names;
}

}  // namespace outis::images::programs
