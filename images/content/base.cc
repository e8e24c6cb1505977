#include "content/base.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>
#include <vector>

#include "content/accounts.h"
#include "layers/platform.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::content {

namespace {

struct Link {
    const char* key;
    const char* target;
};

// Where TLS libraries look: Go's crypto/x509/root_linux.go (Fedora, OpenSUSE, Alpine), LibreSSL
// and musl distributions (/etc/ssl/cert.pem), OpenSSL as Debian configures it (/usr/lib/ssl).
constexpr std::array kBundleAliases{
    Link{"etc/pki/tls/cert.pem", "../../ssl/certs/ca-certificates.crt"},
    Link{"etc/pki/tls/certs/ca-bundle.crt", "../../../ssl/certs/ca-certificates.crt"},
    Link{"etc/ssl/ca-bundle.pem", "certs/ca-certificates.crt"},
    Link{"etc/ssl/cert.pem", "certs/ca-certificates.crt"},
    Link{"usr/lib/ssl/cert.pem", "../../../etc/ssl/certs/ca-certificates.crt"},
    Link{"usr/lib/ssl/certs", "../../../etc/ssl/certs"},
};

// Mount points of the runtimes, which a read-only root could not make.
constexpr std::array kMountPoints{"dev", "proc", "sys"};

constexpr std::uint32_t kSharedDirectoryMode = 01777;

// Engines mount their own over it; a plain runc or chroot does not.
constexpr const char* kHosts =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n";

constexpr const char* kOsRelease =
    "NAME=\"Outis\"\n"
    "PRETTY_NAME=\"Outis " OUTIS_VERSION
    "\"\n"
    "ID=outis\n"
    "VERSION_ID=\"" OUTIS_VERSION "\"\n";

Result<std::vector<std::string>, Error> zone_names(const ToolData& data)
{
    layers::Tree all;
    OUTIS_TRY(layers::add_folder(all, kZonesKey, data.zones()));
    std::vector<std::string> names;
    for (const auto& [key, entry] : all) {
        if (entry.kind != layers::EntryKind::directory)
            names.push_back(key.substr(std::string_view(kZonesKey).size() + 1));
    }
    return names;
}

Result<Done, Error> check_zone(const std::string& name, const std::vector<std::string>& known)
{
    if (std::ranges::find(known, name) == known.end())
        return bad_input("unknown time zone '" + name + "'" + sandbox::did_you_mean(name, known));
    return Done{};
}

}  // namespace

// Debian's order; without the file the resolvers of older C libraries and of Go before 1.16 ask
// the network before they look into /etc/hosts.
const char* const kNameServiceOrder =
    "passwd: files\n"
    "group: files\n"
    "shadow: files\n"
    "hosts: files dns\n"
    "networks: files\n"
    "protocols: files\n"
    "services: files\n";

const char* base_name(const BaseContent& content)
{
    for (const BaseVariant& variant : kBaseVariants) {
        if (variant.content == content)
            return variant.name;
    }
    __builtin_trap();
}

bool is_own_release(std::string_view text)
{
    return text.starts_with("NAME=\"Outis\"\n");
}

void add_certificates(layers::Tree& tree, layers::Content bundle)
{
    tree.insert_or_assign(kBundleKey, layers::file_entry(std::move(bundle)));
    for (const Link& alias : kBundleAliases)
        tree.insert_or_assign(alias.key, layers::symlink_entry(alias.target));
}

Result<Done, Error> add_zones(layers::Tree& tree, const ToolData& data,
                              std::span<const std::string> names)
{
    if (names.empty())
        return Done{};
    const std::vector<std::string> known = OUTIS_TRY(zone_names(data));
    for (const std::string& name : names) {
        OUTIS_TRY(check_zone(name, known));
        const std::string key = kZonesKey + ("/" + name);
        tree.insert_or_assign(key, layers::file_entry(data.zones() / name));
    }
    return Done{};
}

Result<Done, Error> add_localtime(layers::Tree& tree, const ToolData& data, const std::string& zone)
{
    const std::vector<std::string> known = OUTIS_TRY(zone_names(data));
    OUTIS_TRY(check_zone(zone, known));
    tree.insert_or_assign("etc/localtime",
                          layers::symlink_entry(std::string("../") + kZonesKey + "/" + zone));
    return Done{};
}

Result<layers::Tree, Error> init_tree(const ToolData& data, policy::Arch arch)
{
    std::error_code error;
    const std::filesystem::path init = data.init(arch);
    if (!std::filesystem::is_regular_file(init, error))
        return unavailable("there is no PID 1 for " + layers::platform_name(arch) + " at '" +
                           init.string() +
                           "'; build Outis with the cross compiler of that architecture");
    layers::Tree tree;
    tree.emplace(kInitKey, layers::file_entry(init, layers::kProgramMode));
    return tree;
}

Result<layers::Tree, Error> base_tree(const ToolData& data, policy::Arch arch,
                                      const BaseContent& content)
{
    layers::Tree tree = OUTIS_TRY(init_tree(data, arch));
    if (content.certificates)
        add_certificates(tree, data.certificates());
    if (content.zones)
        OUTIS_TRY(layers::add_folder(tree, kZonesKey, data.zones()));
    tree.emplace(kPasswdKey, layers::file_entry(passwd_text(base_accounts())));
    tree.emplace(kGroupKey, layers::file_entry(group_text(base_accounts())));
    tree.emplace("etc/nsswitch.conf", layers::file_entry(std::string(kNameServiceOrder)));
    tree.emplace("etc/hosts", layers::file_entry(std::string(kHosts)));
    if (content.os_release)
        tree.emplace(kOsReleaseKey, layers::file_entry(std::string(kOsRelease)));
    for (const char* name : kMountPoints)
        tree.emplace(name, layers::directory_entry());
    tree.emplace(kTemporaryKey, layers::directory_entry(kSharedDirectoryMode));
    OUTIS_TRY(layers::add_parents(tree));
    return tree;
}

}  // namespace outis::images::content
