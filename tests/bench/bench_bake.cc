// Times commands against each other, and the least that packing a tree can cost. bench_bake.sh
// prepares what is measured.
//
//   bench_bake measure ROUNDS NAME PREPARE COMMAND [NAME PREPARE COMMAND]...
//   bench_bake floor TREE        reads, hashes and compresses every file of TREE, writes nothing
//
// Both commands are for /bin/sh; PREPARE is not timed. In every round each is run once, starting
// with another one, and the ratios to the first are those within rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/digest.h"
#include "host/input.h"
#include "layers/compress.h"

namespace {

struct Contender {
    std::string name;
    std::string prepare;
    std::string command;
    std::vector<double> milliseconds = {};
    long peak_kb = 0;
};

struct Run {
    double milliseconds = 0;
    long peak_kb = 0;
    bool good = false;
};

Run run(const std::string& command)
{
    std::string shell = "/bin/sh";
    std::string option = "-c";
    std::string text = command;
    char* arguments[] = {shell.data(), option.data(), text.data(), nullptr};
    pid_t child = 0;
    const auto began = std::chrono::steady_clock::now();
    if (::posix_spawn(&child, arguments[0], nullptr, nullptr, arguments, environ) != 0)
        return {};
    int status = 0;
    rusage usage = {};
    if (::wait4(child, &status, 0, &usage) != child)
        return {};
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    return {.milliseconds = took.count(),
            .peak_kb = usage.ru_maxrss,
            .good = WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

int measure(int rounds, std::vector<Contender> contenders)
{
    const std::size_t count = contenders.size();
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < count; ++i) {
            Contender& contender = contenders[(static_cast<std::size_t>(round) + i) % count];
            if (!run(contender.prepare).good)
                return std::fprintf(stderr, "failed: %s\n", contender.prepare.c_str()), 1;
            const Run timed = run(contender.command);
            if (!timed.good)
                return std::fprintf(stderr, "failed: %s\n", contender.command.c_str()), 1;
            contender.milliseconds.push_back(timed.milliseconds);
            contender.peak_kb = std::max(contender.peak_kb, timed.peak_kb);
        }
    }
    std::printf("| %d rounds | median ms | least ms | x %s | peak MB |\n|---|---|---|---|---|\n",
                rounds, contenders.front().name.c_str());
    for (const Contender& contender : contenders) {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < contender.milliseconds.size(); ++i)
            ratios.push_back(contender.milliseconds[i] / contenders.front().milliseconds[i]);
        std::printf("| %s | %.1f | %.1f | %.3f | %.1f |\n", contender.name.c_str(),
                    median(contender.milliseconds), std::ranges::min(contender.milliseconds),
                    median(ratios), static_cast<double>(contender.peak_kb) / 1024);
    }
    std::printf("\n");
    return 0;
}

outis::Result<outis::Done, outis::Error> floor_of(const std::filesystem::path& tree)
{
    using namespace outis;
    using namespace outis::images;
    using namespace outis::images::host;
    using namespace outis::images::layers;
    Sha256 packed;
    CompressedStream stream({}, compression_threads(), [&](Bytes bytes) -> Result<Done, Error> {
        packed.update(bytes);
        return Done{};
    });
    Sha256 plain;
    std::vector<std::byte> buffer(128 << 10);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree)) {
        if (!entry.is_regular_file() || entry.is_symlink())
            continue;
        const InputFile file = OUTIS_TRY(open_input(entry.path()));
        for (std::uint64_t at = 0; at < file.size;) {
            const std::size_t count = OUTIS_TRY(read_at(file, at, buffer, entry.path()));
            plain.update(Bytes(buffer).first(count));
            OUTIS_TRY(stream.write(Bytes(buffer).first(count)));
            at += count;
        }
    }
    return stream.finish();
}

}  // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() == 2 && words[0] == "floor") {
        const auto done = floor_of(words[1]);
        if (!done)
            std::fprintf(stderr, "%s\n", done.error().text.c_str());
        return done ? 0 : 1;
    }
    const int rounds = words.size() > 1 ? std::atoi(words[1].c_str()) : 0;
    if (words.size() < 5 || words.size() % 3 != 2 || words[0] != "measure" || rounds < 1) {
        std::fprintf(stderr,
                     "usage: bench_bake measure ROUNDS NAME PREPARE COMMAND...\n"
                     "       bench_bake floor TREE\n");
        return 2;
    }
    std::vector<Contender> contenders;
    for (std::size_t i = 2; i < words.size(); i += 3)
        contenders.push_back({.name = words[i], .prepare = words[i + 1], .command = words[i + 2]});
    return measure(rounds, std::move(contenders));
}
