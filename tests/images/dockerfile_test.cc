// The Dockerfile that makes what a bake makes. That it does is asked by tests/whole/recipes.sh.
#include "dockerfile/dockerfile.h"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "dockerfile/quote.h"
#include "fixture.h"

namespace dockerfile_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::dockerfile;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

std::string text_of(const BakeOptions& options)
{
    const auto facts = dockerfile_facts(options);
    return facts ? dockerfile_text(facts.value()) : "error: " + facts.error().text;
}

std::string program_in(const WorkFolder& work_folder, const std::string& name)
{
    std::string file = work_folder.program(name);
    fs::permissions(file, fs::perms(0755));
    return file;
}

}  // namespace

TEST_CASE("words are quoted for Dockerfiles and for shells")
{
    CHECK(dockerfile_value("a b") == R"("a b")");
    CHECK(dockerfile_value(R"($HOME "\x")") == R"("\$HOME \"\\x\"")");
    CHECK(exec_form(std::vector<std::string>{"/a", "b \"c\""}) == R"(["/a", "b \"c\""])");
    CHECK(exec_form({}) == "[]");
    CHECK(shell_word("a/b.c:1") == "a/b.c:1");
    CHECK(shell_word("a b") == "'a b'");
    CHECK(shell_word("it's") == R"('it'\''s')");
    CHECK(shell_word("") == "''");
    CHECK(is_plain("a/b"));
    CHECK_FALSE(is_plain("a*"));
    CHECK_FALSE(is_plain("$a"));
}

TEST_CASE("the base of a static program has what a Dockerfile cannot express")
{
    const WorkFolder work_folder;
    const std::string app = program_in(work_folder, "bin/hello");
    const std::string text = text_of({.apps = {app},
                                      .arguments = {"-v"},
                                      .tags = {"team/hello:1"},
                                      .labels = {"note=it is $5"},
                                      .environment = {"A=1 2"},
                                      .ports = {"8080"},
                                      .volumes = {"/data"},
                                      .stop_signal = "INT",
                                      .health = "http://:8080/",
                                      .health_interval = "1m",
                                      .health_timeout = "1500us",
                                      .directories = {"/srv:0700"},
                                      .zones = "none",
                                      .no_package_database = true});
    const std::string folder = (work_folder / "bin").string();
    CHECK(text ==
          "# What 'outis bake' makes of the same words, in two steps:\n"
          "#\n"
          "#     outis base -t team/hello-base --volume /data --dir /srv:0700 --tz none"
          " --no-package-database -o - | docker load\n"
          "#     docker build -t team/hello:1 -f Dockerfile " +
              folder +
              "\n\n"
              "ARG BASE=team/hello-base\n\n"
              "FROM ${BASE}\n"
              "COPY hello /app\n"
              "ENV A=\"1 2\"\n"
              "LABEL \"note\"=\"it is \\$5\"\n"
              "EXPOSE 8080/tcp\n"
              "STOPSIGNAL SIGINT\n"
              "HEALTHCHECK --interval=60000ms --timeout=1500000ns CMD "
              "[\"/outis-init\", \"--probe\", \"http://:8080/\"]\n"
              "ENTRYPOINT [\"/outis-init\", \"-p\", \"/etc/outis/policy\", \"--stop\", "
              "\"INT,TERM\", \"--\", \"/app\"]\n"
              "CMD [\"-v\"]\n");
}

TEST_CASE("an entrypoint is started instead of the program")
{
    const WorkFolder work_folder;
    const std::string app = program_in(work_folder, "bin/hello");
    const std::string text =
        text_of({.apps = {app}, .arguments = {"-v"}, .entrypoint = "[\"/app\", \"serve\"]"});
    CHECK_MESSAGE(text.find("\"--\", \"/app\", \"serve\"]\nCMD [\"-v\"]\n") != std::string::npos,
                  text);
}

TEST_CASE("an automatic user depends on the image's name, not on the base's")
{
    const WorkFolder work_folder;
    const std::string app = program_in(work_folder, "bin/hello");
    const std::string text = text_of({.apps = {app}, .tags = {"team/hello:1"}, .user = "auto"});
    CHECK_MESSAGE(text.find(" --user 57534:57534 ") != std::string::npos, text);
}

TEST_CASE("a program of another architecture has its platform in both commands")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("bin/arm", {.machine = 183});
    fs::permissions(app, fs::perms(0755));
    for (const std::vector<std::string>& platforms :
         {{}, std::vector<std::string>{"linux/arm64"}}) {
        const std::string text = text_of({.apps = {app}, .platforms = platforms});
        CAPTURE(text);
        CHECK(text.find("outis base -t arm-base --platform linux/arm64") != std::string::npos);
        CHECK(text.find("docker build --platform linux/arm64 -t arm:latest ") != std::string::npos);
    }
    write_text(work_folder / "go/go.mod", "module example.com/x\n\ngo 1.19\n");
    write_text(work_folder / "go/main.go", "package main\n\nfunc main() {}\n");
    const std::string text =
        text_of({.apps = {work_folder.path("go")}, .platforms = {"linux/arm64"}});
    CAPTURE(text);
    CHECK(text.find("RUN CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build ") != std::string::npos);
    CHECK(text.find("docker build --platform linux/arm64 -t ") != std::string::npos);
}

TEST_CASE("several programs share one folder")
{
    const WorkFolder work_folder;
    const std::string one = program_in(work_folder, "bin/one");
    const std::string other = program_in(work_folder, "bin/other");
    const std::string text = text_of({.apps = {one, other}});
    CHECK(text.find("COPY one /app\nCOPY other /bin/other\n") != std::string::npos);
}

TEST_CASE("a dynamic program's base has its libraries")
{
    const WorkFolder work_folder;
    const std::string app =
        work_folder.program("hello", {.interpreter = "/lib64/ld-linux-x86-64.so.2"});
    fs::permissions(app, fs::perms(0755));
    CHECK(text_of({.apps = {app}}).find(" --for " + app + " ") != std::string::npos);
}

TEST_CASE("the base has the link that leads to a program of a root")
{
    const WorkFolder work_folder;
    program_in(work_folder, "root/usr/bin/hello");
    fs::create_directory_symlink("usr/bin", work_folder / "root/bin");
    const std::string text = text_of(
        {.apps = {"/bin/hello"}, .root = work_folder.path("root"), .links = {"/bin:usr/bin"}});
    CAPTURE(text);
    CHECK(text.find(" --link /bin:usr/bin ") != std::string::npos);
    CHECK(text.find("COPY hello /usr/bin/hello\n") != std::string::npos);
    CHECK(text.find("\"/bin/hello\"]\n") != std::string::npos);
}

TEST_CASE("what a Dockerfile cannot express is refused with a remedy")
{
    struct Case {
        const char* name;
        BakeOptions options;
        const char* message;
    };

    const WorkFolder work_folder;
    const std::string app = program_in(work_folder, "bin/hello");
    const std::string other = program_in(work_folder, "other");
    const std::string starred = program_in(work_folder, "bin/a*b");
    const std::string hidden = program_in(work_folder, "bin/readable");
    fs::permissions(hidden, fs::perms(0644));
    const std::string broken = program_in(work_folder, "bin/x\nRUN id");
    const std::string below_broken = program_in(work_folder, "y\nRUN id/hello");
    write_text(work_folder / "z\nRUN id/go.mod", "module example.com/x\n\ngo 1.19\n");
    write_text(work_folder / "z\nRUN id/cmd/main.go", "package main\n\nfunc main() {}\n");
    fs::create_directory_symlink("z\nRUN id", work_folder / "z");
    program_in(work_folder, "root/a b/hello");
    program_in(work_folder, "root/usr/bin/hello");
    fs::create_directory_symlink("usr/bin", work_folder / "root/bin");
    fs::create_symlink("hello", work_folder / "root/usr/bin/other");
    const Case cases[] = {
        {"capabilities", {.apps = {app}, .capabilities = {"app=cap_kill+ep"}}, "--cap: "},
        {"a shell beside", {.apps = {app}, .debug = {app}}, "--debug: "},
        {"an annotation", {.apps = {app}, .annotations = {"a=b"}}, "--annotation: "},
        {"a packed program", {.apps = {app}, .pack = true}, "--pack: "},
        {"two platforms",
         {.apps = {app}, .platforms = {"linux/amd64,linux/arm64"}},
         "one platform at a time"},
        {"a program of another platform",
         {.apps = {app}, .platforms = {"linux/arm64"}},
         "not for linux/arm64"},
        {"two names", {.apps = {app}, .tags = {"a", "b"}}, "give one -t"},
        {"a line break", {.apps = {app}, .environment = {"A=1\n2"}}, "--env holds a control"},
        {"a line break in linker flags",
         {.apps = {app}, .go_ldflags = "-s\nRUN id"},
         "--ldflags holds a control"},
        {"a line break in a program's name", {.apps = {broken}}, "holds a control"},
        {"a line break in a folder's name", {.apps = {below_broken}}, "holds a control"},
        {"a line break in a module's folder",
         {.apps = {work_folder.path("z/cmd")}},
         "the name of the folder holds a control"},
        {"a place of a root that means something",
         {.apps = {"/a b/hello"}, .root = work_folder.path("root")},
         "give it another name"},
        {"a folder of a root that is a link",
         {.apps = {"/bin/hello"}, .root = work_folder.path("root")},
         "goes through the link '/bin'; name '/usr/bin/hello'"},
        {"a program of a root that is a link",
         {.apps = {"/usr/bin/other"}, .root = work_folder.path("root")},
         "goes through the link '/usr/bin/other'; name '/usr/bin/hello'"},
        {"a variable's name with a space", {.apps = {app}, .environment = {"A B=1"}}, "'A B'"},
        {"a variable's name that means something",
         {.apps = {app}, .environment = {"A$B=1"}},
         "'A$B'"},
        {"a variable's name that begins with a digit",
         {.apps = {app}, .environment = {"1A=1"}},
         "'1A'"},
        {"programs of two folders", {.apps = {app, other}}, "is not in '"},
        {"a name that means something", {.apps = {starred}}, "give it another name"},
        {"a mode that COPY keeps", {.apps = {hidden}}, "chmod 0755"},
        {"an unknown profile", {.apps = {app}, .profile = "nonesuch"}, "no profile 'nonesuch'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string text = text_of(c.options);
        CAPTURE(text);
        CHECK(text.starts_with("error: "));
        CHECK(text.find(c.message) != std::string::npos);
    }
}

}  // namespace dockerfile_test
