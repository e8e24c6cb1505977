#include "view/layer_reader.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "host/digest.h"
#include "host/input.h"
#include "layers/compress.h"
#include "outis/base/policy_layout.h"

namespace outis::images::view {

namespace {

constexpr std::size_t kMaxText = 4 << 20;    // of a file whose text is held
constexpr std::size_t kMaxScriptLine = 255;  // Linux's BINPRM_BUF_SIZE less one

constexpr std::string_view kElf =
    "\x7F"
    "ELF";
constexpr std::string_view kScript = "#!";
constexpr std::string_view kPolicy(policy::kMagic.data(), policy::kMagic.size());

// The first of the places where Go's crypto/x509 looks, and OpenSSL's folder in Debian.
constexpr std::array<std::string_view, 2> kCertificates{"/etc/ssl/certs/ca-certificates.crt",
                                                        "/usr/lib/ssl"};
// Go's package time, glibc and musl.
constexpr std::string_view kZoneFolder = "/usr/share/zoneinfo";

// Accounts, the distribution, where loaders look for libraries, and what dpkg and distroless images
// say of packages.
bool is_held(const std::string& path)
{
    return path == "etc/passwd" || path == "etc/group" || path == "etc/os-release" ||
           path == "etc/ld.so.cache" ||
           (path.starts_with("etc/ld-musl-") && path.ends_with(".path")) ||
           path == "var/lib/dpkg/status" ||
           (path.starts_with("var/lib/dpkg/status.d/") && !path.ends_with(".md5sums"));
}

// Gathers the content of one file after the other.
class FactReader {
public:
    explicit FactReader(std::size_t program_limit) : program_limit_(program_limit) {}

    void begin(const layers::TarMember& member)
    {
        path_ = plain_path(member.entry.path);
        size_ = member.entry.size;
        held_.clear();
        hash_ = host::Sha256();
    }

    void take(Bytes bytes)
    {
        hash_.update(bytes);
        if (held_.size() < limit())
            held_ += host::as_text(bytes.first(std::min(bytes.size(), limit() - held_.size())));
    }

    FileFacts finish()
    {
        FileFacts facts{.digest = hash_.finish().text()};
        const std::string_view held = held_;
        if (held.starts_with(kElf) && size_ > program_limit_)
            facts.not_looked_into = true;
        else if (held.starts_with(kElf))
            read_program(facts);
        else if (held.starts_with(kScript))
            facts.script = held.substr(kScript.size(), held.find('\n') - kScript.size())
                               .substr(0, kMaxScriptLine);
        else if (is_held(path_) || held.starts_with(kPolicy))
            facts.text = std::move(held_);
        return facts;
    }

private:
    // How much of the file is held: decided by its first bytes, once they are there.
    [[nodiscard]] std::size_t limit() const
    {
        if (held_.size() < kElf.size() || std::string_view(held_).starts_with(kElf))
            return size_ <= program_limit_ ? program_limit_ : kElf.size();
        return is_held(path_) ? kMaxText : policy::kMaxSize;
    }

    void read_program(FileFacts& facts) const
    {
        Result<programs::Elf, Error> elf = programs::read_elf(host::as_bytes(held_), "/" + path_);
        if (!elf) {
            facts.elf_problem = elf.error().text;
            return;
        }
        facts.elf = elf.take();
        const std::string_view held = held_;
        facts.seeks_certificates = std::ranges::any_of(kCertificates, [&](std::string_view place) {
            return held.find(place) != std::string_view::npos;
        });
        facts.seeks_zones = held.find(kZoneFolder) != std::string_view::npos;
    }

    std::size_t program_limit_;
    std::string path_;
    std::uint64_t size_ = 0;
    std::string held_;
    host::Sha256 hash_;
};

}  // namespace

std::string plain_path(std::string_view path)
{
    std::string plain;
    while (!path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        const std::string_view name = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (name == "..")
            plain.erase(plain.find('/') == std::string::npos ? 0 : plain.rfind('/'));
        else if (!name.empty() && name != ".")
            plain += (plain.empty() ? "" : "/") + std::string(name);
    }
    return plain;
}

std::size_t kept_bytes(const LayerEntry& entry)
{
    const FileFacts& facts = entry.facts;
    std::size_t bytes = sizeof(LayerEntry) + entry.member.entry.path.size() +
                        entry.member.entry.target.size() + entry.member.entry.capability.size() +
                        facts.digest.size() + facts.elf_problem.size() + facts.script.size() +
                        facts.text.size();
    for (const auto& [name, value] : entry.member.attributes)
        bytes += 2 * sizeof(std::string) + name.size() + value.size();
    if (facts.elf) {
        const programs::Elf& elf = *facts.elf;
        bytes += elf.interpreter.size() + elf.soname.size() + elf.rpath.size() + elf.runpath.size();
        for (const std::string& name : elf.needed)
            bytes += sizeof(std::string) + name.size();
    }
    return bytes;
}

namespace {

std::size_t depth_of(std::string_view path)
{
    return static_cast<std::size_t>(std::ranges::count(path, '/')) + 1;
}

Result<Done, Error> read_entries(Bytes blob, const LayerLimits& limits, const OnEntry& on_entry,
                                 LayerSum& sum)
{
    host::Sha256 hash;
    FactReader facts(limits.program);
    std::optional<layers::TarMember> open;
    const auto close = [&]() -> Result<Done, Error> {
        if (!open)
            return Done{};
        LayerEntry entry{.member = std::move(*open)};
        open.reset();
        if (entry.member.entry.kind == layers::EntryKind::file)
            entry.facts = facts.finish();
        sum.names += kept_bytes(entry);
        if (sum.names > limits.names)
            return bad_input("its names and attributes take more than " +
                             std::to_string(limits.names) + " bytes");
        on_entry(std::move(entry));
        return Done{};
    };
    const auto check_size = [&]() -> Result<Done, Error> {
        if (sum.unpacked + sum.holes > limits.unpacked)
            return bad_input("with its sparse files it unpacks to more than " +
                             std::to_string(limits.unpacked) + " bytes");
        return Done{};
    };
    layers::TarReader reader(
        [&](const layers::TarMember& member) -> Result<Done, Error> {
            OUTIS_TRY(close());
            if (++sum.entries > limits.entries)
                return bad_input("it has more than " + std::to_string(limits.entries) + " entries");
            sum.holes += member.holes;
            OUTIS_TRY(check_size());
            if (std::max(depth_of(member.entry.path), depth_of(member.entry.target)) >
                layers::kMaxDepth)
                return bad_input("it has a path of more than 256 names");
            facts.begin(member);
            open = member;
            return Done{};
        },
        [&](Bytes bytes) -> Result<Done, Error> {
            facts.take(bytes);
            return Done{};
        });
    const auto take = [&](Bytes bytes) -> Result<Done, Error> {
        hash.update(bytes);
        sum.unpacked += bytes.size();
        OUTIS_TRY(check_size());
        Result<Done, Error> fed = reader.feed(bytes);
        sum.steps = reader.steps();
        return fed;
    };
    OUTIS_TRY(layers::decompress(blob, layers::encoding_of(blob), limits.unpacked, take));
    if (!reader.between_entries())
        return bad_input("the tar archive is cut off");
    sum.end_marked = reader.end_marked();
    OUTIS_TRY(close());
    sum.diff_id = hash.finish().text();
    return Done{};
}

}  // namespace

LayerRead read_layer(Bytes blob, const LayerLimits& limits, const OnEntry& on_entry)
{
    LayerRead read;
    const Result<Done, Error> done = read_entries(blob, limits, on_entry, read.sum);
    if (!done)
        read.damage = done.error();
    return read;
}

}  // namespace outis::images::view
