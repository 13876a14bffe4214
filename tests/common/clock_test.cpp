#include "common/clock/clock.h"

#include <doctest/doctest.h>

namespace gavel {
namespace {

TEST_CASE("Unix time is told as seconds with three decimals, whatever they are") {
    CHECK(unix_seconds_text(1'700'000'000'123'999) == "1700000000.123");
    CHECK(unix_seconds_text(1'700'000'000'000'000) == "1700000000.000");
    CHECK(unix_seconds_text(1'700'000'000'007'000) == "1700000000.007");
    CHECK(unix_seconds_text(1'700'000'000'090'000) == "1700000000.090");
    CHECK(unix_seconds_text(999) == "0.000");
    CHECK(unix_seconds_text(0) == "0.000");
}

}  // namespace
}  // namespace gavel
