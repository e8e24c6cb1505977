#include "kubernetes/yaml.h"

#include <doctest/doctest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace yaml_test {

using namespace outis::images;
using namespace outis::images::kubernetes;
namespace json = boost::json;

TEST_CASE("YAML says the same as JSON, in the order given")
{
    const json::object document{
        {"plain", "team/hello:1"},
        {"taken", "yes"},
        {"number", "80"},
        {"colon", "a: b"},
        {"dash", "-p"},
        {"delete", "a\x7F"},
        {"empty", json::object()},
        {"list", json::array{json::object{{"a", 1}, {"b", json::array{"x", true}}}, "-"}},
        {"map", json::object{{"key.io/x", json::object{{"deep", nullptr}}}}},
    };
    CHECK(yaml(document) ==
          "plain: team/hello:1\n"
          "taken: \"yes\"\n"
          "number: \"80\"\n"
          "colon: \"a: b\"\n"
          "dash: \"-p\"\n"
          "delete: \"a\\u007f\"\n"
          "empty: {}\n"
          "list:\n"
          "- a: 1\n"
          "  b:\n"
          "  - x\n"
          "  - true\n"
          "- \"-\"\n"
          "map:\n"
          "  key.io/x:\n"
          "    deep: null\n");
}

}  // namespace yaml_test
