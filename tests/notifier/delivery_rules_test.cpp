#include "services/notifier/delivery_rules.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace gavel::notifier {
namespace {

using Failure = WebAnswer::Failure;

TEST_CASE("what an answer means for the notice and for its webhook") {
    struct Row {
        WebAnswer answer;
        Verdict verdict;
    };
    const Row rows[] = {
        {{Failure::none, 200}, Verdict::delivered},
        {{Failure::none, 204}, Verdict::delivered},
        {{Failure::none, 299}, Verdict::delivered},
        {{Failure::none, 301}, Verdict::down},  // nothing is followed
        {{Failure::none, 307}, Verdict::down},
        {{Failure::none, 400}, Verdict::refused},
        {{Failure::none, 404}, Verdict::refused},
        {{Failure::none, 408}, Verdict::down},
        {{Failure::none, 410}, Verdict::gone},
        {{Failure::none, 425}, Verdict::down},
        {{Failure::none, 429}, Verdict::down},
        {{Failure::none, 500}, Verdict::down},
        {{Failure::none, 599}, Verdict::down},
        {{Failure::none, 199}, Verdict::down},
        {{Failure::not_found, 0}, Verdict::down},
        {{Failure::private_address, 0}, Verdict::down},
        {{Failure::untrusted, 0}, Verdict::down},
        {{Failure::timed_out, 0}, Verdict::down},
    };
    for (const auto& row : rows) {
        CAPTURE(row.answer.status);
        CHECK(verdict_on(row.answer) == row.verdict);
    }
}

TEST_CASE("a notice is tried ten times: at once, then after the delays of the schedule") {
    const std::vector<std::int64_t> delays_s{5,      300,    1'800,  7'200, 18'000,
                                             36'000, 50'400, 72'000, 86'400};
    int failures = 0;
    for (const auto delay_s : delays_s) {
        CHECK(retry_delay_us(++failures) == delay_s * 1'000'000);
        CHECK(pause_us(failures) == delay_s * 1'000'000);
    }
    CHECK(retry_delay_us(10) == std::nullopt);
    CHECK(pause_us(10) == 86'400'000'000);
    CHECK(pause_us(1'000) == 86'400'000'000);
}

}  // namespace
}  // namespace gavel::notifier
