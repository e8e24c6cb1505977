// Manifests: what the restricted Pod Security Standard asks for, and what an image decides.
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "content/policy_choice.h"
#include "fixture.h"
#include "kubernetes/manifest.h"
#include "kubernetes/workload.h"
#include "oci/json.h"
#include "outis/sandbox/arch.h"

namespace kubernetes_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::oci;
using namespace outis::images::content;
using namespace outis::images::kubernetes;
using namespace outis::images::testing;
namespace json = boost::json;

namespace {

RunConfig usual_run()
{
    return {.user = "65534:65534",
            .entrypoint = {"/outis-init", "-p", "/etc/outis/policy", "--", "/app"},
            .ports = {"80/tcp", "5353/udp"},
            .volumes = {"/var/lib/x"}};
}

ImageFacts usual_image()
{
    return {.name = "docker.io/team/hello:1", .run = usual_run()};
}

Workload workload_of(const WorkloadWords& words, const ImageFacts& image = usual_image())
{
    const auto workload = make_workload(words, image);
    REQUIRE_MESSAGE(workload, (workload ? "" : workload.error().text));
    return workload.value();
}

// What stands at "spec/containers/0/image", as JSON; "absent" if nothing does.
std::string at(const json::value& value, const std::string& path)
{
    const json::value* here = &value;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t slash = std::min(path.find('/', begin), path.size());
        const std::string name = path.substr(begin, slash - begin);
        if (here->is_object())
            here = here->get_object().if_contains(name);
        else if (here->is_array())
            here = here->get_array().if_contains(std::stoul(name));
        else
            here = nullptr;
        if (here == nullptr)
            return "absent";
        begin = slash + 1;
    }
    return canonical_json(*here);
}

json::value pod_of(const WorkloadWords& words, const ImageFacts& image = usual_image())
{
    return manifest(workload_of(words, image));
}

}  // namespace

// Pod Security Standards, "Restricted", with the controls of "Baseline" that it includes: each
// field by which a pod may break one, and what stands there in ours.
TEST_CASE("a manifest keeps every control of the restricted standard")
{
    struct Case {
        const char* name;
        const char* path;  // below the pod's spec
        const char* expected;
    };

    const Case cases[] = {
        {"host processes", "securityContext/windowsOptions", "absent"},
        {"host network", "hostNetwork", "absent"},
        {"host processes' namespace", "hostPID", "absent"},
        {"host IPC", "hostIPC", "absent"},
        {"privileged", "containers/0/securityContext/privileged", "absent"},
        {"capabilities dropped", "containers/0/securityContext/capabilities/drop", R"(["ALL"])"},
        {"capabilities added", "containers/0/securityContext/capabilities/add", "absent"},
        {"host ports", "containers/0/ports/0/hostPort", "absent"},
        {"host addresses of probes", "containers/0/readinessProbe/tcpSocket/host", "absent"},
        {"AppArmor", "securityContext/appArmorProfile", "absent"},
        {"SELinux", "securityContext/seLinuxOptions", "absent"},
        {"/proc mount", "containers/0/securityContext/procMount", "absent"},
        {"seccomp", "securityContext/seccompProfile/type", R"("RuntimeDefault")"},
        {"seccomp of the container", "containers/0/securityContext/seccompProfile", "absent"},
        {"sysctls are safe ones", "securityContext/sysctls",
         R"([{"name":"net.ipv4.ip_unprivileged_port_start","value":"80"}])"},
        {"volume types", "volumes",
         R"([{"emptyDir":{},"name":"tmp"},{"emptyDir":{},"name":"var-lib-x"}])"},
        {"privilege escalation", "containers/0/securityContext/allowPrivilegeEscalation", "false"},
        {"running as non-root", "securityContext/runAsNonRoot", "true"},
        {"non-root of the container", "containers/0/securityContext/runAsNonRoot", "absent"},
        {"non-root user", "securityContext/runAsUser", "65534"},
        {"user of the container", "containers/0/securityContext/runAsUser", "absent"},
        {"init containers", "initContainers", "absent"},
        {"a second container", "containers/1", "absent"},
        // Beyond the standard.
        {"group", "securityContext/runAsGroup", "65534"},
        {"root file system", "containers/0/securityContext/readOnlyRootFilesystem", "true"},
        {"token", "automountServiceAccountToken", "false"},
        {"service variables", "enableServiceLinks", "false"},
        {"mounts", "containers/0/volumeMounts",
         R"([{"mountPath":"/tmp","name":"tmp"},{"mountPath":"/var/lib/x","name":"var-lib-x"}])"},
        {"ports", "containers/0/ports",
         R"([{"containerPort":5353,"protocol":"UDP"},{"containerPort":80}])"},
    };
    const json::value pod = pod_of({});
    const json::value deployment = pod_of({.kind = WorkloadKind::deployment, .replicas = "3"});
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(at(pod, std::string("spec/") + c.path) == c.expected);
        CHECK(at(deployment, std::string("spec/template/spec/") + c.path) == c.expected);
    }
    CHECK(at(pod, "kind") == R"("Pod")");
    CHECK(at(pod, "metadata/name") == R"("hello")");
    CHECK(at(pod, "spec/containers/0/image") == R"("team/hello:1")");
    CHECK(at(deployment, "apiVersion") == R"("apps/v1")");
    CHECK(at(deployment, "spec/replicas") == "3");
    CHECK(at(deployment, "spec/selector/matchLabels") ==
          at(deployment, "spec/template/metadata/labels"));
}

TEST_CASE("a health check's times are the probe's, in whole seconds")
{
    ImageFacts image = usual_image();
    image.run.health = HealthCheck{.command = {"/check"},
                                   .interval_ns = 1'500'000'000,
                                   .timeout_ns = 200'000'000,
                                   .start_period_ns = 20'000'000'000,
                                   .retries = 4};
    const json::value pod = pod_of({}, image);
    for (const char* kind : {"readinessProbe", "livenessProbe"}) {
        CAPTURE(kind);
        CHECK(at(pod, std::string("spec/containers/0/") + kind) ==
              R"({"exec":{"command":["/check"]},"failureThreshold":4,"periodSeconds":2,)"
              R"("timeoutSeconds":1})");
    }
    CHECK(at(pod, "spec/containers/0/startupProbe/failureThreshold") == "20");
    CHECK(at(pod_of({}), "spec/containers/0/startupProbe") == "absent");
}

TEST_CASE("only one of kubelet and PID 1 waits, and the kubelet's time limit covers all")
{
    struct Case {
        const char* name;
        WorkloadWords words;
        std::map<std::string, std::string> image;  // its environment
        std::string pre_stop;
        std::map<std::string, std::string> expected;
        std::int64_t seconds;
    };

    const Case cases[] = {
        {"a service", {}, {}, "5s", {}, 30},
        {"drain by word", {.drain = "7s"}, {}, "", {{"OUTIS_DRAIN", "7s"}}, 30},
        {"drain by image", {}, {{"OUTIS_DRAIN", "7"}}, "", {}, 30},
        {"drain of nothing by image", {}, {{"OUTIS_DRAIN", "0"}}, "5s", {}, 30},
        {"drain over the image's",
         {.drain = "9s"},
         {{"OUTIS_DRAIN", "7"}},
         "",
         {{"OUTIS_DRAIN", "9s"}},
         30},
        {"hook by word", {.pre_stop = "10s"}, {}, "10s", {}, 30},
        {"no hook by word", {.pre_stop = "0"}, {}, "", {}, 30},
        {"grace", {.grace = "20s"}, {}, "5s", {{"OUTIS_GRACE", "20s"}}, 50},
        {"grace by image",
         {.drain = "1500ms"},
         {{"OUTIS_GRACE", "1m"}},
         "",
         {{"OUTIS_DRAIN", "1500ms"}},
         127},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        ImageFacts image = usual_image();
        image.run.environment = c.image;
        const Workload workload = workload_of(c.words, image);
        CHECK(workload.pre_stop == c.pre_stop);
        CHECK(workload.environment == c.expected);
        CHECK(workload.termination_seconds == c.seconds);
    }
}

TEST_CASE("a probe runs PID 1 at its path in the image")
{
    ImageFacts image = usual_image();
    image.run.entrypoint = {"/usr/sbin/outis-init", "--", "/app"};
    image.run.volumes = {"/d/"};
    image.run.health =
        HealthCheck{.command = {"/usr/sbin/outis-init", "--probe", "http://:80/health"}};
    const Workload workload = workload_of({}, image);
    const json::value made = manifest(workload);
    const std::string container = "spec/containers/0/";
    CHECK(at(made, container + "lifecycle/preStop/exec/command/0") == "\"/usr/sbin/outis-init\"");
    CHECK(at(made, container + "livenessProbe/httpGet/path") == "\"/health\"");
    CHECK(at(made, container + "volumeMounts/0/mountPath") == "\"/d\"");
    image.run.environment["OUTIS_DRAIN"] = "3s";
    CHECK(workload_of({.pre_stop = "0"}, image).pre_stop.empty());
}

TEST_CASE("a workload without a port does not wait before its end")
{
    ImageFacts image = usual_image();
    image.run.ports.clear();
    const Workload workload = workload_of({}, image);
    CHECK(workload.pre_stop.empty());
    CHECK_FALSE(workload.probe);
    CHECK(workload.notes.size() == 1);
    CHECK(at(manifest(workload), "spec/securityContext/sysctls") == "absent");
}

TEST_CASE("the options of the entrypoint reach the manifest")
{
    ImageFacts image = usual_image();
    image.run.entrypoint = {"/outis-init", "-v", "-r",   "TERM:QUIT", "--drain=4s",
                            "-k3",         "--", "/app", "-k",        "1h"};
    const Workload workload = workload_of({}, image);
    CHECK(workload.pre_stop.empty());
    CHECK(workload.termination_seconds == 30);
    CHECK_FALSE(make_workload({.drain = "1s"}, image));
    CHECK_FALSE(make_workload({.grace = "1s"}, image));
}

TEST_CASE("the entrypoint's options are read as PID 1 reads them")
{
    struct Case {
        const char* name;
        std::vector<std::string> words;
        std::int64_t seconds;
    };

    const Case cases[] = {
        {"none", {}, 30},
        {"two letters", {"-g", "-k", "60s"}, 130},
        {"two letters in one word", {"-gk", "60s"}, 130},
        {"a value in the word", {"-vgk60s"}, 130},
        {"a long word", {"--grace", "60s"}, 130},
        {"a long word with its value", {"--grace=60s"}, 130},
        {"the value of another", {"--timeout", "-k60s"}, 30},
        {"behind the end", {"--", "-k60s"}, 30},
    };
    for (const Case& c : cases) {
        CAPTURE(std::string(c.name));
        ImageFacts image = usual_image();
        image.run.entrypoint = {"/outis-init"};
        image.run.entrypoint.insert(image.run.entrypoint.end(), c.words.begin(), c.words.end());
        image.run.entrypoint.insert(image.run.entrypoint.end(), {"--", "/app"});
        CHECK(workload_of({}, image).termination_seconds == c.seconds);
    }
}

TEST_CASE("what contradicts itself or the standard is refused with one helpful line")
{
    struct Case {
        const char* name;
        WorkloadWords words;
        void (*change)(ImageFacts&);
        const char* message;
    };

    const auto nothing = [](ImageFacts&) {};
    const Case cases[] = {
        {"waits twice", {.drain = "1s", .pre_stop = "1s"}, nothing, "would wait twice"},
        {"waits once more",
         {.pre_stop = "1s"},
         [](ImageFacts& image) { image.run.environment["OUTIS_DRAIN"] = "1s"; },
         "the image drains by itself"},
        {"bad time", {.drain = "soon"}, nothing, "time 'soon'"},
        {"not PID 1",
         {},
         [](ImageFacts& image) { image.run.entrypoint = {"/bin/sh"}; },
         "starts '/bin/sh' instead of outis-init"},
        {"no entrypoint",
         {},
         [](ImageFacts& image) { image.run.entrypoint.clear(); },
         "instead of outis-init"},
        {"no user", {}, [](ImageFacts& image) { image.run.user.clear(); }, "starts as root"},
        {"root", {}, [](ImageFacts& image) { image.run.user = "0:1"; }, "user is root"},
        {"user by name", {}, [](ImageFacts& image) { image.run.user = "web"; }, "is no number"},
        {"group by name", {}, [](ImageFacts& image) { image.run.user = "1:web"; }, "is no number"},
        {"no name", {}, [](ImageFacts& image) { image.name.clear(); }, "with --image"},
        {"bad name", {.name = "Hello"}, nothing, "name 'Hello' must be at most 63 lower-case"},
        {"bad namespace", {.name_space = "-x"}, nothing, "namespace '-x'"},
        {"bad image", {.image = "a b"}, nothing, "--image 'a b'"},
        {"bad port", {.ports = {"0"}}, nothing, "port '0'"},
        {"too many ports", {.ports = {"1000-2000"}}, nothing, "more than 100 ports"},
        {"bad directory", {.writable = {"x"}}, nothing, "'x'"},
        {"everything writable", {.writable = {"/"}}, nothing, "the root itself"},
        {"a volume over the root",
         {},
         [](ImageFacts& image) { image.run.volumes = {"/"}; },
         "the root itself"},
        {"a relative volume",
         {},
         [](ImageFacts& image) { image.run.volumes = {"data"}; },
         "'data'"},
        {"a colon in a volume",
         {},
         [](ImageFacts& image) { image.run.volumes = {"/a:b"}; },
         "has a ':', as '/a:b'"},
        {"replicas of a pod", {.replicas = "2"}, nothing, "a pod has no replicas"},
        {"bad replicas",
         {.kind = WorkloadKind::deployment, .replicas = "-1"},
         nothing,
         "replicas '-1'"},
        {"bad health check", {.health = "ftp://x"}, nothing, "health check 'ftp://x'"},
        {"damaged policy", {}, [](ImageFacts& image) { image.policy = "x"; }, "image's policy"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        ImageFacts image = usual_image();
        c.change(image);
        const auto workload = make_workload(c.words, image);
        REQUIRE_FALSE(workload);
        CAPTURE(workload.error().text);
        CHECK(workload.error().text.find(c.message) != std::string::npos);
        CHECK(workload.error().text.find('\n') == std::string::npos);
        CHECK(workload.error().blame == Blame::input);
    }
}

TEST_CASE("the policy's settings reach the manifest")
{
    const WorkFolder work_folder;
    write_text(work_folder / "p.toml",
               "description = \"x\"\n"
               "user = \"nobody\"\n"
               "[seccomp]\nallow = [\"@default\"]\n"
               "[landlock]\nread = [\"/etc\"]\nwrite = [\"/srv\", \"/srv/file\", \"/dev/shm\"]\n"
               "bind = [8443]\n"
               "[signals]\ngrace = \"40s\"\ndrain = \"2s\"\n");
    const auto policy = choose_policy(ToolData{.root = work_folder / "share"},
                                      work_folder.path("p.toml"), policy::Arch::x86_64, {});
    REQUIRE_MESSAGE(policy, (policy ? "" : policy.error().text));
    ImageFacts image = usual_image();
    image.policy = policy.value().bytes;
    image.entries = {{"srv", EntryKind::directory}, {"srv/file", EntryKind::file}};

    SUBCASE("a port that it does not let the app bind is refused")
    {
        const auto workload = make_workload({}, image);
        REQUIRE_FALSE(workload);
        CHECK(workload.error().text.find("bind port 80;") != std::string::npos);
    }
    SUBCASE("without ports of the image its own are taken")
    {
        image.run.ports.clear();
        const Workload workload = workload_of({}, image);
        CHECK(workload.ports == std::vector<WorkloadPort>{{.number = 8443}});
        CHECK(workload.writable == std::vector<std::string>{"/srv", "/tmp", "/var/lib/x"});
        CHECK(workload.pre_stop.empty());
        CHECK(workload.termination_seconds == 87);
        REQUIRE(workload.notes.size() == 1);
        CHECK(workload.notes.front().find("'/srv' hides") != std::string::npos);
    }
}

}  // namespace kubernetes_test
