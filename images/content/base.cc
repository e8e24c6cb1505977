#include "content/base.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "content/accounts.h"
#include "layers/platform.h"
#include "outis/sandbox/suggest.h"

namespace outis::images {

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
    Tree all;
    OUTIS_TRY(add_folder(all, kZonesKey, data.zones()));
    std::vector<std::string> names;
    for (const auto& [key, entry] : all) {
        if (entry.kind != EntryKind::directory)
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

void add_certificates(Tree& tree, Content bundle)
{
    tree.insert_or_assign(kBundleKey, file_entry(std::move(bundle)));
    for (const Link& alias : kBundleAliases)
        tree.insert_or_assign(alias.key, symlink_entry(alias.target));
}

Result<Done, Error> add_zones(Tree& tree, const ToolData& data, std::span<const std::string> names)
{
    if (names.empty())
        return Done{};
    const std::vector<std::string> known = OUTIS_TRY(zone_names(data));
    for (const std::string& name : names) {
        OUTIS_TRY(check_zone(name, known));
        const std::string key = kZonesKey + ("/" + name);
        tree.insert_or_assign(key, file_entry(data.zones() / name));
    }
    return Done{};
}

Result<Done, Error> add_localtime(Tree& tree, const ToolData& data, const std::string& zone)
{
    const std::vector<std::string> known = OUTIS_TRY(zone_names(data));
    OUTIS_TRY(check_zone(zone, known));
    tree.insert_or_assign("etc/localtime",
                          symlink_entry(std::string("../") + kZonesKey + "/" + zone));
    return Done{};
}

Result<Tree, Error> init_tree(const ToolData& data, policy::Arch arch)
{
    std::error_code error;
    const std::filesystem::path init = data.init(arch);
    if (!std::filesystem::is_regular_file(init, error))
        return unavailable("there is no PID 1 for " + platform_name(arch) + " at '" +
                           init.string() +
                           "'; build Outis with the cross compiler of that architecture");
    Tree tree;
    tree.emplace(kInitKey, file_entry(init, kProgramMode));
    return tree;
}

Result<Tree, Error> base_tree(const ToolData& data, policy::Arch arch, const BaseContent& content)
{
    Tree tree = OUTIS_TRY(init_tree(data, arch));
    if (content.certificates)
        add_certificates(tree, data.certificates());
    if (content.zones)
        OUTIS_TRY(add_folder(tree, kZonesKey, data.zones()));
    tree.emplace(kPasswdKey, file_entry(passwd_text(base_accounts())));
    tree.emplace(kGroupKey, file_entry(group_text(base_accounts())));
    tree.emplace("etc/nsswitch.conf", file_entry(std::string(kNameServiceOrder)));
    tree.emplace("etc/hosts", file_entry(std::string(kHosts)));
    if (content.os_release)
        tree.emplace("etc/os-release", file_entry(std::string(kOsRelease)));
    for (const char* name : kMountPoints)
        tree.emplace(name, directory_entry());
    tree.emplace(kTemporaryKey, directory_entry(kSharedDirectoryMode));
    OUTIS_TRY(add_parents(tree));
    return tree;
}

}  // namespace outis::images
