// What a hostile image may ask a loader's search for, up to the last step and one step further.
#include "programs/loading.h"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace closure_limits_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::programs;

namespace {

// Has every library in every folder, or none.
class EndlessHolder : public Holder {
public:
    EndlessHolder(bool has_all, std::size_t steps) : has_all_(has_all), steps_(steps) {}

    Tried look(const Candidate& candidate, const Elf&) override
    {
        Tried tried{.steps = steps_};
        if (!has_all_)
            return tried;
        tried.object =
            Object{.look = candidate.look, .place = candidate.place, .file = candidate.place};
        return tried;
    }

    Result<Done, Error> take(const Process&, const Tried&, std::size_t) override { return Done{}; }

    Result<Done, Error> miss(const Process&, std::size_t, const std::string&,
                             const std::vector<std::string>&) override
    {
        return Done{};
    }

private:
    bool has_all_;
    std::size_t steps_;
};

Process process_of(const SearchPath& path, const std::vector<std::string>& needed)
{
    Process process{.path = std::make_shared<const SearchPath>(path)};
    Object program{.look = "/app", .place = "/app", .file = "/app", .name = "/app"};
    program.elf.needed = needed;
    add_object(process, program);
    return process;
}

std::vector<std::string> many(const char* name, std::size_t count)
{
    return std::vector<std::string>(count, name);
}

std::vector<std::string> numbered(std::size_t count)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i)
        names.push_back("lib" + std::to_string(i));
    return names;
}

}  // namespace

TEST_CASE("a search ends at its limits")
{
    struct Case {
        std::string name;
        std::vector<std::string> needed;
        bool has_all;
        std::size_t steps_of_a_look;
        std::size_t steps_left;
        const char* message;  // empty: it comes to an end
    };

    // A name, its asker and two folders are four steps, looking into the folders is two more.
    const Case cases[] = {
        {"as many places as there are steps", many("x", 10), false, 1, 60, ""},
        {"one place more", many("x", 10), false, 1, 59, "in more places than can be tried"},
        {"long ways to the places", many("x", 10), false, 5, 60, "in more places than"},
        {"long names", many(std::string(640, 'x').c_str(), 1), false, 1, 35, "in more places than"},
        {"libraries without end", numbered(4096), true, 1, 10'000'000,
         "needs more than 4096 libraries"},
    };
    const SearchPath path{.built_in = {"/lib", "/usr/lib"}};
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Process process = process_of(path, c.needed);
        process.steps_left = c.steps_left;
        EndlessHolder holder(c.has_all, c.steps_of_a_look);
        const auto done = load_all(process, holder, 0);
        const std::string message = done ? "" : done.error().text;
        CAPTURE(message);
        CHECK(message.empty() == std::string(c.message).empty());
        CHECK(message.find(c.message) != std::string::npos);
        CHECK(process.objects.size() <= 4096);
    }
}

TEST_CASE("a search has a limit of places for each name")
{
    struct Case {
        std::string name;
        std::string rpath;
        std::size_t rows;     // of the cache
        std::size_t folders;  // of the configuration
        bool has_places;
    };

    std::string relative;
    std::string absolute;
    for (int i = 0; i < 5000; ++i) {
        relative += "a:";
        absolute += "/a:";
    }
    std::string origins;
    for (int i = 0; i < 500; ++i)
        origins += "$ORIGIN";
    const Case cases[] = {
        {"folders", absolute, 0, 0, true},
        {"folders that count for nothing", relative, 0, 0, false},
        {"the list", "", 5000, 0, true},
        {"the configuration", "", 0, 5000, true},
        {"a place that grows", origins, 0, 0, false},
        {"a folder too long for a path", "/" + std::string(5000, 'a'), 0, 0, false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        LdCache cache;
        for (std::size_t row = 0; row < c.rows; ++row)
            cache.emplace("x", "/c/x");
        const SearchPath path{.cache = std::make_shared<const LdCache>(cache),
                              .folders = std::vector<std::string>(c.folders, "/conf")};
        std::vector<Object> objects(1);
        objects[0].look = objects[0].place = "/" + std::string(200, 'd') + "/app";
        objects[0].elf.rpath = c.rpath;
        const Candidates found = candidates(path, objects, 0, "x");
        CHECK(found.places.empty() != c.has_places);
        CHECK(found.places.size() <= 4096);
        CHECK(found.steps <= 4096 + 70);
        CHECK(found.steps >= found.places.size());
    }
}

}  // namespace closure_limits_test
