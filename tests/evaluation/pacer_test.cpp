#include "evaluation/client/pacer.h"

#include <doctest/doctest.h>

namespace gavel::evaluation {
namespace {

TEST_CASE("Requests are due at a fixed distance from the start on") {
    Pacer pacer(1000, 5'000);
    CHECK(pacer.next_due_ns() == 5'000);
    CHECK(pacer.take() == 5'000);
    CHECK(pacer.take() == 1'005'000);
    CHECK(pacer.next_due_ns() == 2'005'000);
}

TEST_CASE("Roundings do not add up: after an hour the rate is still exact") {
    constexpr double per_second = 7'001;  // 142836.7... ns apart
    Pacer pacer(per_second, 0);
    constexpr std::int64_t hour_requests = 7'001 * 3'600;
    for (std::int64_t i = 0; i < hour_requests; ++i) pacer.take();
    CHECK(pacer.next_due_ns() == doctest::Approx(3.6e12).epsilon(1e-12));
}

TEST_CASE("When a request is due does not depend on when the one before was taken") {
    Pacer early(100, 0);
    Pacer late(100, 0);
    early.take();
    const auto due = early.take();
    late.take();
    CHECK(late.next_due_ns() == due);
}

}  // namespace
}  // namespace gavel::evaluation
