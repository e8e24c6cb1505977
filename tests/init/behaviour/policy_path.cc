// The way to a policy: a link that leads nowhere, and folders that others may change.
#include <cerrno>
#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests::policy_path_test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRemedy =
    " can be changed by others than root; chown root it and chmod go-w it\n";

// A root of its own, with /etc/outis and a strict policy in /store.
class PolicyPath {
public:
    PolicyPath() : usable(root.make_scratch())
    {
        if (!usable) {
            skip("init: the way to a policy", "needs root and the static program");
            return;
        }
        fs::create_directories(root.file("etc/outis"));
        root.write_policy("store/strict", make_policy(strict_sections(), "strict"));
        root.write_policy("store/loose", make_policy({}, "loose"));
    }

    void link(const std::string& target, const std::string& name) const
    {
        fs::create_directories(fs::path(root.file(name)).parent_path());
        fs::create_symlink(target, root.file(name));
    }

    void own(const std::string& name, std::uint32_t uid, mode_t mode) const
    {
        REQUIRE(chmod(root.file(name).c_str(), mode) == 0);
        REQUIRE(lchown(root.file(name).c_str(), uid, 0) == 0);
    }

    Ended start(const Words& options = {}, const std::string& directory = "/") const
    {
        Setup setup;
        setup.arguments = {"/outis-init"};
        setup.arguments.insert(setup.arguments.end(), options.begin(), options.end());
        setup.arguments.insert(setup.arguments.end(), {"--", "/actor", "inherit"});
        setup.root = root.path();
        setup.directory = directory;
        return run(setup);
    }

    void refused(const std::string& folder, const Words& options = {},
                 const std::string& directory = "/") const
    {
        const Ended end = start(options, directory);
        CHECK(end.outcome() == "125");
        CHECK(end.out.empty());
        CHECK(end.err == "outis-init: the policy's folder '" + folder + "'" + kRemedy);
    }

    void starts(const Words& options = {}, const std::string& directory = "/") const
    {
        const Ended end = start(options, directory);
        CHECK(end.outcome() == "0");
        CHECK(end.err.empty());
        CHECK(value_of(end.out, "uid") == "65534 65534 65534 gid 65534 65534 65534");
    }

    Folder root;
    bool usable;
};

TEST_CASE_FIXTURE(PolicyPath, "policy path: a dangling link is an error and no missing policy")
{
    if (!usable)
        return;
    starts();
    link("/no/such", "etc/outis/policy");
    const Ended end = start();
    CHECK(end.outcome() == "125");
    CHECK(end.out.empty());
    CHECK(end.err.starts_with(
        "outis-init: cannot open policy '/etc/outis/policy': No such file or directory; "));
}

TEST_CASE_FIXTURE(PolicyPath, "policy path: links in a circle are an error")
{
    if (!usable)
        return;
    link("policy", "etc/outis/policy");
    CHECK(start().err.starts_with("outis-init: cannot open policy '/etc/outis/policy': Too many "));
}

// As the kubelet lays a ConfigMap out.
TEST_CASE_FIXTURE(PolicyPath, "policy path: links of a mounted ConfigMap are followed")
{
    if (!usable)
        return;
    root.write_policy("etc/outis/..2026_01_01/policy", make_policy(strict_sections(), "strict"));
    link("..2026_01_01", "etc/outis/..data");
    link("..data/policy", "etc/outis/policy");
    starts();
    starts({"-p", "/etc/outis/policy"});
    starts({"-p", "outis/../outis//./policy"}, "/etc");
    own("etc/outis/..2026_01_01", kNobodyId, 0755);
    refused("/etc/outis/..2026_01_01/");
}

TEST_CASE_FIXTURE(PolicyPath, "policy path: a policy in a folder that others may change is refused")
{
    if (!usable)
        return;

    struct Case {
        std::string name;
        std::string folder;  // below the root
        std::uint32_t owner;
        mode_t mode;
        std::string said;  // empty: it is fine
    };

    link("/store/strict", "etc/outis/policy");
    const Case kCases[]{
        {"as it should be", "store", 0, 0755, ""},
        {"nobody's folder of the file", "store", kNobodyId, 0755, "/store/"},
        {"nobody's folder of the link", "etc/outis", kNobodyId, 0755, "/etc/outis/"},
        {"further up", "etc", kNobodyId, 0755, "/etc/"},
        {"the root itself", "", kNobodyId, 0755, "/"},
        {"writable by the group", "etc/outis", 0, 0775, "/etc/outis/"},
        {"writable by all", "store", 0, 0757, "/store/"},
        {"with the sticky bit", "store", 0, 01777, ""},
        {"nobody's, with the sticky bit", "store", kNobodyId, 01777, "/store/"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        own(c.folder, c.owner, c.mode);
        if (c.said.empty())
            starts();
        else
            refused(c.said);
        own(c.folder, 0, 0755);
    }
}

TEST_CASE_FIXTURE(PolicyPath, "policy path: a relative path begins at the working directory")
{
    if (!usable)
        return;
    starts({"-p", "./strict"}, "/store");
    own("store", kNobodyId, 0755);
    refused("./", {"-p", "./strict"}, "/store");
    refused("/store/", {"-p", "/store/strict"});
}

// Whoever may make names in /tmp must not choose among root's policies.
TEST_CASE_FIXTURE(PolicyPath, "policy path: another user's link in a shared folder is refused")
{
    if (!usable)
        return;
    link("/store/strict", "tmp/policy");
    own("tmp", 0, 01777);
    starts({"-p", "/tmp/policy"});
    own("tmp", 0, 0755);
    REQUIRE(lchown(root.file("tmp/policy").c_str(), kNobodyId, 0) == 0);
    starts({"-p", "/tmp/policy"});
    REQUIRE(chmod(root.file("tmp").c_str(), 01777) == 0);
    refused("/tmp/", {"-p", "/tmp/policy"});
}

}  // namespace
}  // namespace outis::tests::policy_path_test
