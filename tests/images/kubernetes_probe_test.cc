// Which of the kubelet's probes asks what a health check of PID 1 asks.
#include "kubernetes/health.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "oci/json.h"

namespace kubernetes_probe_test {

using namespace outis::images;
using namespace outis::images::oci;
using namespace outis::images::kubernetes;

TEST_CASE("a health check becomes a probe that does the same")
{
    struct Case {
        const char* name;
        std::vector<std::string> command;
        const char* action;
    };

    const std::string probe = "--probe";
    const Case cases[] = {
        {"http",
         {"/outis-init", probe, "http://:8080/healthz"},
         R"({"httpGet":{"path":"/healthz","port":8080}})"},
        {"http without port and path",
         {"/outis-init", probe, "http://"},
         R"({"httpGet":{"path":"/","port":80}})"},
        {"tcp", {"/outis-init", probe, "tcp://:5432"}, R"({"tcpSocket":{"port":5432}})"},
        {"loopback",
         {"/outis-init", probe, "http://127.0.0.1:8080/"},
         R"({"exec":{"command":["/outis-init","--probe","http://127.0.0.1:8080/"]}})"},
        {"localhost",
         {"/outis-init", probe, "tcp://localhost:1"},
         R"({"exec":{"command":["/outis-init","--probe","tcp://localhost:1"]}})"},
        {"port out of range",
         {"/outis-init", probe, "http://:70000/"},
         R"({"exec":{"command":["/outis-init","--probe","http://:70000/"]}})"},
        {"unix socket",
         {"/outis-init", probe, "unix:///run/s:/ok"},
         R"({"exec":{"command":["/outis-init","--probe","unix:///run/s:/ok"]}})"},
        {"program",
         {"/outis-init", probe, "exec:/app"},
         R"({"exec":{"command":["/outis-init","--probe","exec:/app"]}})"},
        {"another status",
         {"/outis-init", probe, "http://:1/", "--status", "404"},
         R"({"exec":{"command":["/outis-init","--probe","http://:1/","--status","404"]}})"},
        {"foreign", {"/check"}, R"({"exec":{"command":["/check"]}})"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(canonical_json(probe_of({.command = c.command}).action) == c.action);
    }
}

}  // namespace kubernetes_probe_test
