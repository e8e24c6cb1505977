// How a run ends: the app's own status, and 124 to 127 with one line that says why.
#include <csignal>
#include <string>

#include <elf.h>

#include <doctest/doctest.h>

#include "init/program.h"

namespace outis::tests::exits_test {
namespace {

TEST_CASE("exits: the app's status is ours wherever we run")
{
    struct Case {
        std::string name;
        Words command;
        std::string outcome;
    };

    const Case kCases[]{
        {"0", {"exit", "0"}, "0"},
        {"7", {"exit", "7"}, "7"},
        {"255", {"exit", "255"}, "255"},
        {"ended by HUP", {"die", "1"}, "129"},
        {"ended by KILL", {"die", "9"}, "137"},
        {"ended by SEGV", {"die", "11"}, "139"},
        {"ended by TERM", {"die", "15"}, "143"},
        {"ended by 32", {"die", "32"}, "160"},
        {"ended by the last signal", {"die", "64"}, "192"},
    };
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const Case& c : kCases) {
            CAPTURE(c.name);
            const Ended end = run(at(place, under_init({}, c.command)));
            CHECK(end.outcome() == c.outcome);
            CHECK(end.err.empty());
        }
    }
}

TEST_CASE("exits: statuses are mapped as the option says")
{
    struct Case {
        std::string name;
        Words options;
        Words command;
        std::string outcome;
    };

    const Case kCases[]{
        {"signal to success", {"-e", "143:0"}, {"die", "15"}, "0"},
        {"code to code", {"-e", "7:9"}, {"exit", "7"}, "9"},
        {"once, not again", {"-e", "7:9", "-e", "9:1"}, {"exit", "7"}, "9"},
        {"another code", {"-e", "7:9"}, {"exit", "8"}, "8"},
        {"success to failure", {"-e", "0:1"}, {"exit", "0"}, "1"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        CHECK(run(under_init(c.options, c.command)).outcome() == c.outcome);
    }
}

// A header of a program for another machine, and nothing behind it.
std::string foreign_program()
{
    Elf64_Ehdr header{};
    for (int i = 0; i < SELFMAG; ++i)
        header.e_ident[i] = static_cast<unsigned char>(ELFMAG[i]);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_RISCV;
    header.e_phentsize = sizeof(Elf64_Phdr);
    return {reinterpret_cast<const char*>(&header), sizeof header};
}

// A program of this machine whose loader is not there.
std::string program_without_loader()
{
    constexpr char kLoader[] = "/no/such/loader";
    Elf64_Ehdr header{};
    for (int i = 0; i < SELFMAG; ++i)
        header.e_ident[i] = static_cast<unsigned char>(ELFMAG[i]);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
#if defined(__x86_64__)
    header.e_machine = EM_X86_64;
#else
    header.e_machine = EM_AARCH64;
#endif
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    Elf64_Phdr row{};
    row.p_type = PT_INTERP;
    row.p_offset = sizeof header + sizeof row;
    row.p_filesz = sizeof kLoader;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(&row), sizeof row);
    return bytes.append(kLoader, sizeof kLoader);
}

const char* own_machine()
{
#if defined(__x86_64__)
    return "amd64";
#else
    return "arm64";
#endif
}

struct Failing {
    std::string name;
    std::string program;
    std::string path;  // PATH, or empty for none in the environment
    std::string outcome;
    std::string line;  // after "cannot execute 'PROGRAM': "
};

TEST_CASE("exits: a program that cannot be executed is explained")
{
    Folder folder;
    const std::string in = folder.path();
    const std::string plain = folder.write("bin/plain", "echo hello\n", 0755);
    const std::string closed = folder.write("bin/closed", "#!/bin/sh\n", 0644);
    const std::string script = folder.write("bin/script", "#!/no/such/shell -e\n", 0755);
    const std::string foreign = folder.write("bin/foreign", foreign_program(), 0755);
    const std::string loader = folder.write("bin/loader", program_without_loader(), 0755);
    const std::string nested = folder.write("bin/nested", "#!" + script + "\n", 0755);
    const std::string dos = folder.write("bin/dos", "#!/bin/sh\r\n", 0755);
    const std::string missing = in + "/bin/missing";
    const std::string present =
        ", which is there: does that one lack its own interpreter or "
        "loader, or does the first line end with a carriage return?";
    const std::string no_bit =
        "; this user may not execute it: see its x-bits, and whether its mount is noexec";
    const std::string lacks = ", which the image lacks: ";
    const Failing kCases[]{
        {"not there", missing, "", "127", "No such file or directory"},
        {"not in PATH", "no-such-program", in + "/bin", "127", "not found in PATH"},
        {"in no folder of PATH", "no-such-program", "/no:/such::", "127", "not found in PATH"},
        {"below a file", plain + "/x", "", "127", "Not a directory"},
        {"a folder", in + "/bin", "", "126", "it is a folder"},
        {"no permission", closed, "", "126", "Permission denied" + no_bit},
        {"no permission, by PATH", "closed", in + "/bin", "126", "Permission denied" + no_bit},
        {"text without #!", plain, "", "126",
         "it is neither an ELF file nor a script that starts with #!"},
        {"text without #!, by PATH", "plain", in + "/none:" + in + "/bin", "126",
         "it is neither an ELF file nor a script that starts with #!"},
        {"interpreter", script, "", "127",
         "it needs /no/such/shell" + lacks + "add that interpreter, or start the program it runs"},
        {"interpreter, by PATH", "script", in + "/bin", "127",
         "it needs /no/such/shell" + lacks + "add that interpreter, or start the program it runs"},
        {"interpreter that lacks its own", nested, "", "127", "it needs " + script + present},
        {"line end of another system", dos, "", "127", "it needs /bin/sh" + present},
        {"loader", loader, "", "127",
         "it needs /no/such/loader" + lacks + "link it statically or bake it with its libraries"},
        {"another machine", foreign, "", "126",
         std::string("it is for riscv64, this machine is ") + own_machine() +
             ": build it for this platform"},
    };
    for (const Failing& c : kCases) {
        CAPTURE(c.name);
        Setup setup;
        setup.arguments = {kInit, "-p", "none", "--", c.program};
        setup.environment = base_environment();
        setup.environment[0] = c.path.empty() ? "A=1" : "PATH=" + c.path;
        const Ended end = run(setup);
        CHECK(end.outcome() == c.outcome);
        CHECK(end.out.empty());
        const std::string start = "outis-init: cannot execute '";
        CHECK(end.err == start + c.program + "': " + c.line + "\n");
    }
}

TEST_CASE("exits: a program below the work directory is explained too")
{
    Folder folder;
    folder.write("bin/script", "#!/no/such/shell\n", 0755);
    Setup setup;
    setup.arguments = {kInit, "-p", "none", "-w", folder.file("bin"), "--", "./script"};
    setup.environment = base_environment();
    const Ended end = run(setup);
    CHECK(end.outcome() == "127");
    CHECK(end.err.find("it needs /no/such/shell, which the image lacks") != std::string::npos);
}

TEST_CASE("exits: a program name that is too long is explained")
{
    Setup setup = under_init({}, {});
    setup.arguments.back() = "/" + std::string(5000, 'x');
    CHECK(run(setup).outcome() == "126");
}

TEST_CASE("exits: PATH is searched as shells do")
{
    Folder folder;
    const std::string in = folder.path();
    folder.write("closed/tool", "#!/bin/sh\nexit 1\n", 0644);
    folder.write("open/tool", "#!/bin/sh\nexit 5\n", 0755);

    struct Case {
        std::string name;
        std::string path;
        std::string outcome;
    };

    const Case kCases[]{
        {"found", in + "/open", "5"},
        {"found behind one that is not executable", in + "/closed:" + in + "/open", "5"},
        {"found behind a folder that is not there", "/no/such:" + in + "/open", "5"},
        {"an empty part is the working directory", ":" + in + "/closed", "5"},
        {"not executable anywhere", in + "/closed:/no/such", "126"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup;
        setup.arguments = {kInit, "-p", "none", "--", "tool"};
        setup.environment = base_environment();
        setup.environment[0] = "PATH=" + c.path;
        setup.directory = in + "/open";
        CHECK(run(setup).outcome() == c.outcome);
    }
}

TEST_CASE("exits: usage is refused with one line and 125")
{
    Folder folder;

    struct Case {
        std::string name;
        Words arguments;
        std::string line;
    };

    const std::string text = folder.write("text", "hello\n");
    const std::string profile = folder.write("go.toml", "user = \"nobody\"\n");
    const Case kCases[]{
        {"nothing to run", {}, "no program given; see --help"},
        {"unknown option", {"--no-such", "x"}, "unknown option 'no-such'; see --help"},
        {"unknown profile",
         {"-p", "no-such", "x"},
         "no built-in profile 'no-such'; see --list-profiles; a path needs a '/'"},
        {"no such policy",
         {"-p", "/no/such", "x"},
         "cannot open policy '/no/such': No such file or directory; bake it into the image, or see "
         "--list-profiles"},
        {"a folder as policy", {"-p", "/", "x"}, "policy '/' is a folder; name the file in it"},
        {"a device as policy",
         {"-p", "/dev/null", "x"},
         "policy '/dev/null' is not a regular file"},
        {"a profile as policy",
         {"-p", profile, "x"},
         "policy '" + profile +
             "' is a profile, which people read; compile it: outis profile compile"},
        {"text as policy",
         {"-p", text, "x"},
         "policy '" + text +
             "': the file is shorter than a policy's header; compile the profile again"},
        {"unknown user",
         {"-p", "none", "-u", "no-such", "x"},
         "unknown user 'no-such'; add it to the image's /etc/passwd or give its number"},
        {"unknown group",
         {"-p", "none", "-u", "1:no-such", "x"},
         "unknown group 'no-such'; add it to the image's /etc/group or give its number"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup;
        setup.arguments = {kInit};
        setup.arguments.insert(setup.arguments.end(), c.arguments.begin(), c.arguments.end());
        setup.environment = base_environment();
        const Ended end = run(setup);
        CHECK(end.outcome() == "125");
        CHECK(end.out.empty());
        CHECK(end.err == "outis-init: " + c.line + "\n");
    }
}

TEST_CASE("exits: help and version go to stdout with status 0")
{
    struct Case {
        std::string name;
        std::string option;
        std::string start;
    };

    const Case kCases[]{
        {"version", "--version", "outis-init "},
        {"help", "--help", "usage: outis-init "},
        {"profiles", "--list-profiles", "none\n"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup;
        setup.arguments = {kInit, c.option};
        setup.environment = base_environment();
        const Ended end = run(setup);
        CHECK(end.outcome() == "0");
        CHECK(end.err.empty());
        CHECK(end.out.find(c.start) != std::string::npos);
    }
}

TEST_CASE("exits: the last message is also written where Kubernetes reads it")
{
    Folder root;
    if (!root.make_scratch()) {
        skip("init: termination message", "a root of its own needs root and the static program");
        return;
    }
    root.write("dev/termination-log", "");
    Setup setup;
    setup.arguments = {"/outis-init", "-p", "none", "--", "/missing"};
    setup.root = root.path();
    const Ended end = run(setup);
    CHECK(end.outcome() == "127");
    CHECK(root.read("dev/termination-log") ==
          "cannot execute '/missing': No such file or directory");
}

TEST_CASE("exits: each event is one line of valid JSON, whatever the program's name")
{
    struct Case {
        std::string name;
        std::string format;
        std::string program;
        std::string said;
    };

    const Case kCases[]{
        {"text", "text", "/no\nsuch\x1b[m\x7f", "/no such [m "},
        {"UTF-8 in text", "text", "/\u00fc\u20ac\U0001F600", "/\u00fc\u20ac\U0001F600"},
        {"no UTF-8 in text", "text", "/\x9b[2J\xff", "/?[2J?"},
        {"C1 controls in text", "text", "/\u009b[2J\u0080\u00a0", "/??[2J??\u00a0"},
        {"C1 controls", "json", "/\u009b[2J\x7f", "/??[2J "},
        {"quote and line end", "json", "/no\"such\n", "/no\\\"such "},
        {"UTF-8", "json", "/\u00fc\u20ac\U0001F600", "/\u00fc\u20ac\U0001F600"},
        {"no UTF-8", "json", "/\xff\xc3", "/??"},
        {"a cut character", "json", "/\xe2\x82z", "/??z"},
        {"too long a form", "json", "/\xe0\x80\x80", "/???"},
        {"half of a pair", "json", "/\xed\xa0\x80", "/???"},
        {"past the last", "json", "/\xf4\x90\x80\x80", "/????"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup;
        setup.arguments = {kInit, "-p", "none", "--log-format", c.format, "--", c.program};
        setup.environment = base_environment();
        const std::string line = "cannot execute '" + c.said + "': No such file or directory";
        CHECK(run(setup).err ==
              (c.format == "text"
                   ? "outis-init: " + line + "\n"
                   : "{\"program\":\"outis-init\",\"level\":\"error\",\"message\":\"" + line +
                         "\"}\n"));
    }
}

TEST_CASE("exits: with -v stderr says how the app ended")
{
    const Ended by_signal = run(under_init({"-v"}, {"die", "15"}));
    CHECK(by_signal.err.find(" was ended by SIGTERM\n") != std::string::npos);
    CHECK(by_signal.out.empty());
    const Ended by_exit = run(under_init({"-vv"}, {"exit", "3"}));
    CHECK(by_exit.err.find(" exited with 3\n") != std::string::npos);
    CHECK(by_exit.out.empty());
    CHECK(run(under_init({"-q"}, {"exit", "3"})).err.empty());
}

}  // namespace
}  // namespace outis::tests::exits_test
