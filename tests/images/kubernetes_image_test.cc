// What is read out of an image for its manifest.
#include "kubernetes/image_facts.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "fixture.h"
#include "made_image.h"

namespace kubernetes_image_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::content;
using namespace outis::images::kubernetes;
using namespace outis::images::testing;

TEST_CASE("an image on disk gives the facts that a manifest needs")
{
    const WorkFolder work_folder;
    const std::string tar = work_folder.path("x.tar");
    const auto baked =
        bake_quietly({.apps = {work_folder.program("app")},
                      .tags = {"team/x:2"},
                      .outputs = {tar, "docker-archive:" + work_folder.path("d.tar")},
                      .environment = {"OUTIS_GRACE=3s"},
                      .ports = {"8080"},
                      .health = "tcp://:8080"});
    REQUIRE_MESSAGE(baked, (baked ? "" : baked.error().text));
    const auto data = find_tool_data();
    REQUIRE(data);
    const auto facts = read_image_facts(tar, {}, policy::Arch::x86_64, data.value());
    REQUIRE_MESSAGE(facts, (facts ? "" : facts.error().text));
    CHECK(facts.value().name == "docker.io/team/x:2");
    CHECK(facts.value().run.user == "65534:65534");
    CHECK(facts.value().run.ports == std::set<std::string>{"8080/tcp"});
    CHECK(facts.value().run.environment.at("OUTIS_GRACE") == "3s");
    CHECK(facts.value().run.health->command.back() == "tcp://:8080");
    CHECK(facts.value().entries.at("app") == EntryKind::file);
    CHECK(facts.value().policy == make_policy({}));
    CHECK_FALSE(
        read_image_facts(work_folder.path("none.tar"), {}, policy::Arch::x86_64, data.value()));
    const auto broken =
        read_image_facts(work_folder.path("app"), {}, policy::Arch::x86_64, data.value());
    REQUIRE_FALSE(broken);
    CHECK(broken.error().text.find("ELF program") != std::string::npos);
}

TEST_CASE("an image with a variant of its architecture matches the architecture")
{
    const WorkFolder work_folder;
    Parts parts;
    parts.platform = R"("architecture":"arm64","os":"linux","variant":"v8")";
    parts.run = R"({"Entrypoint":["/outis-init","-p","none","--","/app"]})";
    MadeImage image = make_image(parts);
    // Beside one for amd64, or it would be taken as the only one.
    const MadeImage other = make_image({});
    const auto rows = [](const MadeImage& made) {
        const std::string& index = made.members.at("index.json");
        return index.substr(index.find('[') + 1, index.rfind(']') - index.find('[') - 1);
    };
    image.members["index.json"] =
        R"({"schemaVersion":2,"manifests":[)" + rows(other) + "," + rows(image) + "]}";
    image.members.insert(other.members.begin(), other.members.end());
    write_text(work_folder / "x.tar", image.archive());
    const auto data = find_tool_data();
    REQUIRE(data);
    const auto facts =
        read_image_facts(work_folder.path("x.tar"), {}, policy::Arch::aarch64, data.value());
    REQUIRE_MESSAGE(facts, (facts ? "" : facts.error().text));
    CHECK(facts.value().run.entrypoint.front() == "/outis-init");
}

TEST_CASE("an image whose policy is missing is refused with the policy's name")
{
    const WorkFolder work_folder;
    Parts parts;
    parts.run = R"({"Entrypoint":["/outis-init","-gp","/etc/none","--","/app"]})";
    write_text(work_folder / "x.tar", make_image(parts).archive());
    const auto data = find_tool_data();
    REQUIRE(data);
    const auto facts =
        read_image_facts(work_folder.path("x.tar"), {}, policy::Arch::x86_64, data.value());
    REQUIRE_FALSE(facts);
    CHECK(facts.error().text == "'" + work_folder.path("x.tar") +
                                    "' has no policy at '/etc/none', which its entrypoint names");
}

}  // namespace kubernetes_image_test
