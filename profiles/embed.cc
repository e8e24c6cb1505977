// Builds the source file that carries the compiled profiles of one architecture into PID 1.
//
//   outis-embed OUTPUT FOLDER NAME...
//
// FOLDER/NAME.policy, back to back, as one stream of groups: a byte whose bits say, the lowest
// first, what follows: 0 a byte as it is, 1 a copy of bytes that were written before, as two bytes,
// the low one first: how far back (1 to 4095) in the low twelve bits, how many (3 to 18) less 3 in
// the upper four. The filters of a family of profiles repeat each other.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t kFarthest = 4095;
constexpr std::size_t kShortest = 3;
constexpr std::size_t kLongest = 18;
constexpr std::size_t kBitsOfByte = 9;  // with its bit of the group
constexpr std::size_t kBitsOfCopy = 17;

struct Copy {
    std::size_t back = 0;
    std::size_t length = 0;
};

Copy longest_copy(const std::string& all, std::size_t at)
{
    Copy best;
    for (std::size_t from = at - std::min(at, kFarthest); from < at; ++from) {
        std::size_t length = 0;
        while (length < kLongest && at + length < all.size() &&
               all[from + length] == all[at + length])
            ++length;
        if (length >= kShortest && length > best.length)
            best = {.back = at - from, .length = length};
    }
    return best;
}

// The cheapest way through: of each place, what to write there.
std::vector<Copy> plan_of(const std::string& all)
{
    std::vector<Copy> plan(all.size());
    std::vector<std::size_t> cost(all.size() + 1);
    for (std::size_t at = all.size(); at-- > 0;) {
        cost[at] = kBitsOfByte + cost[at + 1];
        const Copy best = longest_copy(all, at);
        for (std::size_t length = kShortest; length <= best.length; ++length) {
            if (kBitsOfCopy + cost[at + length] < cost[at]) {
                cost[at] = kBitsOfCopy + cost[at + length];
                plan[at] = {.back = best.back, .length = length};
            }
        }
    }
    return plan;
}

std::vector<unsigned> pack(const std::string& all)
{
    const std::vector<Copy> plan = plan_of(all);
    std::vector<unsigned> packed;
    std::size_t group = 0;
    unsigned bit = 8;
    for (std::size_t at = 0; at < all.size();) {
        if (bit == 8) {
            group = packed.size();
            packed.push_back(0);
            bit = 0;
        }
        const Copy& copy = plan[at];
        if (copy.length == 0) {
            packed.push_back(static_cast<unsigned char>(all[at++]));
        } else {
            const auto word = static_cast<unsigned>(copy.back | (copy.length - kShortest) << 12);
            packed[group] |= 1U << bit;
            packed.push_back(word & 0xFF);
            packed.push_back(word >> 8);
            at += copy.length;
        }
        ++bit;
    }
    return packed;
}

}  // namespace

int main(int count, char** words)
{
    if (count < 4) {
        std::fputs("usage: outis-embed OUTPUT FOLDER NAME...\n", stderr);
        return 2;
    }
    std::string all;
    std::string rows;
    for (int i = 3; i < count; ++i) {
        const std::string path = std::string(words[2]) + "/" + words[i] + ".policy";
        std::ifstream file(path, std::ios::binary);
        all.append(std::istreambuf_iterator<char>(file), {});
        if (!file || all.size() % 8 != 0) {
            std::fprintf(stderr, "outis-embed: cannot read '%s', or it is no policy\n",
                         path.c_str());
            return 1;
        }
        rows += "    {\"" + std::string(words[i]) + "\", " + std::to_string(all.size()) + "},\n";
    }
    std::string text =
        "#include \"init/policy/load.h\"\n\nnamespace outis::init {\nnamespace {\n\n"
        "constexpr std::byte kPacked[]{";
    for (const unsigned byte : pack(all))
        text += "std::byte{" + std::to_string(byte) + "},";
    text +=
        "};\nconstexpr Builtin kBuiltins[]{\n" + rows +
        "};\n\n}  // namespace\n\nstd::span<const Builtin> builtin_policies() noexcept\n{\n"
        "    return kBuiltins;\n}\n\nBytes packed_policies() noexcept\n{\n    return kPacked;\n}\n"
        "\n}  // namespace outis::init\n";
    std::ofstream output(words[1], std::ios::binary);
    output << text;
    return output.flush() ? 0 : 1;
}
