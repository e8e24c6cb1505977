// Twice the input is about twice the work, whatever the image looks like.
#include <cstddef>
#include <string>

#include <doctest/doctest.h>

#include "hostile_shapes.h"
#include "layers/limits.h"
#include "view/verify.h"

namespace hostile_shapes_test {

using namespace outis::images;
using namespace outis::images::testing;
using namespace outis::images::view;

namespace {

constexpr std::size_t kSize = 512;
constexpr double kMostMore = 2.2;  // "twice", and what does not grow with the size

std::size_t steps_of(const HostileShape& shape, std::size_t size)
{
    const MadeImage image = shape.make(size);
    return verify_image(image.find(), {}).steps;
}

}  // namespace

TEST_CASE("an image that is twice as large takes at most about twice the work")
{
    CHECK(hostile_shapes().size() >= 40);
    for (const HostileShape& shape : hostile_shapes()) {
        CAPTURE(shape.name);
        const std::size_t once = steps_of(shape, kSize);
        const std::size_t twice = steps_of(shape, 2 * kSize);
        CAPTURE(once);
        CHECK(once > 0);
        CHECK(static_cast<double>(twice) <= kMostMore * static_cast<double>(once));
        // Few: nothing that is cheap to make costs much.
        CHECK(once < 400 * kSize);
    }
}

TEST_CASE("an image that would take too many steps is refused as such")
{
    for (const HostileShape& shape : hostile_shapes()) {
        if (std::string(shape.name) != "files behind forty links")
            continue;
        const MadeImage image = shape.make(kSize);
        const Verified verified = verify_image(image.find(), {.limits = {.steps = 100}});
        std::size_t found = 0;
        for (const Finding& finding : verified.findings)
            found += finding.rule == Rule::too_many ? 1 : 0;
        CHECK(found == 1);
        CHECK(verified.steps < 100 + 4 * kSize);
    }
}

}  // namespace hostile_shapes_test
