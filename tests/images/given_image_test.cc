// What 'harden' and 'bake --from' say of the image that they are given.
#include <string>

#include <doctest/doctest.h>
#include <elf.h>

#include "broken_images.h"
#include "fixture.h"
#include "made_image.h"
#include "oci/read_config.h"
#include "outis/images/harden.h"
#include "unpacked.h"

namespace given_image_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace {

constexpr const char* kOnce = "[seccomp]\nallow = [\"read\"]\n[exec]\nonce = true\n";
constexpr const char* kRead = "[seccomp]\nallow = [\"read\"]\n";

Result<Baked, Error> hardened(const WorkFolder& shop, const Parts& parts, const char* profile)
{
    write_text(shop / "base.tar", make_image(parts).archive());
    write_text(shop / "own.toml", profile);
    return harden({.image = shop.path("base.tar"),
                   .profile = shop.path("own.toml"),
                   .outputs = {shop.path("x.tar")}},
                  [](std::string_view) {});
}

bool has_note(const Baked& baked, const std::string& part)
{
    for (const std::string& note : baked.notes) {
        if (note.find(part) != std::string::npos)
            return true;
    }
    return false;
}

layers::TarEntry folder(const std::string& path, std::uint32_t mode, std::uint32_t owner = 0)
{
    return {.path = path,
            .kind = layers::EntryKind::directory,
            .mode = mode,
            .uid = owner,
            .gid = owner};
}

}  // namespace

TEST_CASE("harden refuses an image whose program cannot start under the profile")
{
    struct Case {
        const char* name;
        ElfRecipe program;
        const char* path;
        const char* script;
        const char* profile;
        const char* refusal;  // null: it starts
    };

    const Case cases[] = {
        {"64 bits", {}, "app", nullptr, kRead, nullptr},
        {"32 bits", {.bits = 32, .machine = EM_386}, "app", nullptr, kRead, "[\"i386\"]"},
        {"32 bits that are accepted",
         {.bits = 32, .machine = EM_386},
         "app",
         nullptr,
         "[seccomp]\narchitectures = [\"i386\"]\nallow = [\"read\"]\n",
         nullptr},
        {"32 bits without a filter",
         {.bits = 32, .machine = EM_386},
         "app",
         nullptr,
         "unsafe-no-filter = { reason = \"x\" }\n",
         nullptr},
        {"a program, once", {}, "app", nullptr, kOnce, nullptr},
        {"a shell", {}, "bin/sh", nullptr, kRead, nullptr},
        {"a shell, once", {}, "bin/sh", nullptr, kOnce, "is a shell"},
        {"bash, once", {}, "usr/bin/bash", nullptr, kOnce, "is a shell"},
        {"a shell's script, once", {}, "run", "#!/bin/sh -e\n", kOnce, "a shell's script"},
        {"by env, once", {}, "run", "#!/usr/bin/env -S bash\n", kOnce, "a shell's script"},
        {"another script, once", {}, "run", "#!/usr/bin/python3\n", kOnce, nullptr},
        {"a shell's script", {}, "run", "#!/bin/sh\n", kRead, nullptr},
    };
    const WorkFolder shop;
    for (const Case& c : cases) {
        CAPTURE(std::string(c.name));
        Parts parts;
        parts.run = R"({"Entrypoint":["/)" + std::string(c.path) + R"("],"User":"65534:65534"})";
        parts.put(program_entry(c.path), c.script == nullptr ? make_elf(c.program) : c.script);
        const auto done = hardened(shop, parts, c.profile);
        CHECK(static_cast<bool>(done) == (c.refusal == nullptr));
        if (!done && c.refusal != nullptr) {
            CHECK_MESSAGE(done.error().text.find(c.refusal) != std::string::npos,
                          done.error().text);
            CHECK(done.error().blame == Blame::input);
        }
    }
}

TEST_CASE("harden names the folders that the new user cannot write to")
{
    Parts parts;
    parts.run = R"({"Entrypoint":["/app"],"WorkingDir":"/work","Volumes":{"/data":{},"/own":{}}})";
    parts.put(folder("work", 0755));
    parts.put(folder("data", 0755));
    parts.put(folder("own", 0755, 65534));
    parts.put(folder("run", 0755));
    parts.put(folder("tmp", 01777));
    const WorkFolder shop;
    const auto done = hardened(shop, parts, kRead);
    REQUIRE_MESSAGE(done, done.error().text);
    for (const char* path : {"'/work'", "'/data'", "'/run'"}) {
        CAPTURE(std::string(path));
        CHECK(has_note(done.value(), std::string("cannot write to ") + path));
    }
    CHECK_FALSE(has_note(done.value(), "'/own'"));
    CHECK_FALSE(has_note(done.value(), "'/tmp'"));
}

TEST_CASE("faults of a given image are its own, and what engines read is read")
{
    struct Case {
        const char* name;
        void (*edit)(Parts& parts);
        const char* refusal;  // null: it is taken
    };

    const Case cases[] = {
        {"as it should be", [](Parts&) {}, nullptr},
        {"a gzip layer that is called a tar",
         [](Parts& p) { p.layer_type = "application/vnd.oci.image.layer.v1.tar"; }, nullptr},
        {"a user with an empty group",
         [](Parts& p) { p.run = R"({"Entrypoint":["/app"],"User":"1000:"})"; }, nullptr},
        {"a relative directory",
         [](Parts& p) { p.run = R"({"Entrypoint":["/app"],"WorkingDir":"x"})"; }, "WorkingDir"},
        {"a program that is no list", [](Parts& p) { p.run = R"({"Entrypoint":"/app"})"; },
         "Entrypoint"},
        {"a history of other layers", [](Parts& p) { p.history = R"({},{})"; }, "history"},
    };
    const WorkFolder shop;
    const std::string app = shop.program("hello");
    for (const Case& c : cases) {
        CAPTURE(std::string(c.name));
        Parts parts;
        c.edit(parts);
        const auto one = hardened(shop, parts, kRead);
        const auto other = bake_quietly(
            {.apps = {app}, .outputs = {shop.path("y.tar")}, .from = shop.path("base.tar")});
        for (const auto* made : {&one, &other}) {
            CHECK(static_cast<bool>(*made) == (c.refusal == nullptr));
            if (!*made) {
                CAPTURE(made->error().text);
                CHECK(made->error().text.find(c.refusal == nullptr ? "-" : c.refusal) !=
                      std::string::npos);
                CHECK(made->error().text.find("base.tar") != std::string::npos);
                CHECK(made->error().blame == Blame::input);
            }
        }
        if (c.refusal == nullptr)
            CHECK(problems_of(shop / "x.tar") == "");
    }
}

}  // namespace given_image_test
