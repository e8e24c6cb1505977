#include "layers/store.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "host/input.h"

namespace outis::images::layers {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxStoreRecord = 128;
constexpr std::uint64_t kLeastRoom = 64U << 20;  // bytes, for the layers of a bake
constexpr std::chrono::hours kKeptAlways{1};
constexpr std::array kFolders{"", "blobs", "blobs/sha256", "layers"};  // parents first
constexpr mode_t kPrivateMode = 0700;
constexpr mode_t kOthersWrite = 0022;
constexpr mode_t kOthersAll = 0077;

fs::path cache_folder()
{
    const char* cache = std::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && *cache == '/')
        return fs::path(cache) / "outis";
    const char* home = std::getenv("HOME");
    if (home != nullptr && *home == '/')
        return fs::path(home) / ".cache/outis";
    return {};
}

std::optional<StoredBlob> parse_record(std::string_view text)
{
    const std::size_t blank = text.find(' ');
    StoredBlob blob{.digest = host::Digest{.hex = std::string(text.substr(0, blank))}};
    if (blank == std::string_view::npos || !host::is_digest(blob.digest.text()))
        return std::nullopt;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + blank + 1, end, blob.size);
    if (error != std::errc() || std::string_view(stop, end) != "\n")
        return std::nullopt;
    return blob;
}

struct UsedBlob {
    fs::path file = {};
    std::uint64_t size = 0;
    fs::file_time_type used = {};
};

std::vector<UsedBlob> blobs_in(const fs::path& folder)
{
    std::vector<UsedBlob> blobs;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        std::error_code gone;
        const UsedBlob blob{.file = at->path(),
                            .size = fs::file_size(at->path(), gone),
                            .used = fs::last_write_time(at->path(), gone)};
        if (!gone)
            blobs.push_back(blob);
    }
    return blobs;
}

// Those whose blob is no longer there.
void forget_lost_records(const fs::path& root)
{
    std::error_code error;
    std::error_code ignored;
    for (fs::directory_iterator at(root / "layers", error), end; !error && at != end;
         at.increment(error)) {
        const Result<std::string, Error> record = host::read_file(at->path(), kMaxStoreRecord);
        const std::optional<StoredBlob> blob = record ? parse_record(record.value()) : std::nullopt;
        if (!blob || !fs::exists(root / "blobs/sha256" / blob->digest.hex, ignored))
            fs::remove(at->path(), ignored);
    }
}

// An error if others could put something there; a folder that they could only read is closed.
Result<Done, Error> check_private(const fs::path& folder)
{
    struct stat status = {};
    if (::stat(folder.c_str(), &status) != 0)
        return Done{};
    const char* const why = status.st_uid != ::geteuid()      ? "belongs to somebody else"
                            : (status.st_mode & kOthersWrite) ? "can be changed by others"
                                                              : "";
    if (*why != '\0')
        return unavailable("the cache '" + folder.string() + "' " + why +
                           "; remove it, or set XDG_CACHE_HOME to a folder of your own");
    if ((status.st_mode & kOthersAll) != 0)
        ::chmod(folder.c_str(), kPrivateMode);
    return Done{};
}

}  // namespace

Result<BlobStore, Error> BlobStore::open_at(const fs::path& root)
{
    std::error_code error;
    fs::create_directories(root.parent_path(), error);
    for (const char* name : kFolders) {
        const fs::path folder = *name == '\0' ? root : root / name;
        OUTIS_TRY(check_private(folder));
        if (::mkdir(folder.c_str(), kPrivateMode) != 0 && errno != EEXIST)
            return unavailable("cannot write '" + folder.string() + "': " + host::reason(errno));
    }
    return BlobStore(root);
}

BlobStore BlobStore::none()
{
    return BlobStore(fs::path());
}

Result<BlobStore, Error> BlobStore::open()
{
    const fs::path cache = cache_folder();
    if (!cache.empty()) {
        for (const char* name : kFolders)
            OUTIS_TRY(check_private(cache / name));
        Result<BlobStore, Error> store = open_at(cache);
        const Result<host::NewFile, Error> probe =
            store ? store.value().create() : Result<host::NewFile, Error>(store.take_failure());
        if (probe && probe.value().has_room(kLeastRoom))
            return store;
    }
    host::TemporaryDirectory temporary = OUTIS_TRY(host::TemporaryDirectory::create());
    BlobStore store = OUTIS_TRY(open_at(temporary.path()));
    store.temporary_ = std::move(temporary);
    return store;
}

fs::path BlobStore::path(const host::Digest& digest) const
{
    return root_ / "blobs/sha256" / digest.hex;
}

Result<host::NewFile, Error> BlobStore::create() const
{
    if (root_.empty())
        return unavailable("there is no folder for blobs");
    return host::NewFile::create_in(root_ / "blobs/sha256");
}

Result<Done, Error> BlobStore::keep(host::NewFile blob, const host::Digest& digest) const
{
    return blob.commit_as(path(digest));
}

std::optional<StoredBlob> BlobStore::find(const std::string& key) const
{
    const Result<std::string, Error> record =
        host::read_file(root_ / "layers" / key, kMaxStoreRecord);
    if (!record)
        return std::nullopt;
    const std::optional<StoredBlob> blob = parse_record(record.value());
    if (!blob)
        return std::nullopt;
    std::error_code ignored;
    const Result<host::Digest, Error> actual = host::sha256_of_file(path(blob->digest));
    if (!actual)
        return std::nullopt;
    if (actual.value() != blob->digest) {
        fs::remove(path(blob->digest), ignored);
        return std::nullopt;
    }
    fs::last_write_time(path(blob->digest), fs::file_time_type::clock::now(), ignored);
    return blob;
}

Result<Done, Error> BlobStore::remember(const std::string& key, const StoredBlob& blob) const
{
    host::NewFile record = OUTIS_TRY(host::NewFile::create(root_ / "layers" / key));
    OUTIS_TRY(
        record.write(host::as_bytes(blob.digest.hex + " " + std::to_string(blob.size) + "\n")));
    OUTIS_TRY(record.commit_as(root_ / "layers" / key));
    prune(kMaxStoreSize);
    return Done{};
}

void BlobStore::prune(std::uint64_t limit) const
{
    std::uint64_t total = 0;
    std::vector<UsedBlob> blobs = blobs_in(root_ / "blobs/sha256");
    for (const UsedBlob& blob : blobs)
        total += blob.size;
    if (total <= limit)
        return;
    std::ranges::sort(blobs, {}, &UsedBlob::used);
    const fs::file_time_type recent = fs::file_time_type::clock::now() - kKeptAlways;
    std::error_code ignored;
    for (const UsedBlob& blob : blobs) {
        if (total <= limit || blob.used > recent)
            break;
        if (fs::remove(blob.file, ignored))
            total -= blob.size;
    }
    forget_lost_records(root_);
}

}  // namespace outis::images::layers
