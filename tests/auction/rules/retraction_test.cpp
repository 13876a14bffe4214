#include "services/auction/rules/retraction.h"

#include <doctest/doctest.h>

#include "tests/auction/rules/amounts.h"

namespace gavel::auction {
namespace {

constexpr std::int64_t hour = 3'600'000'000;
constexpr std::int64_t end = 1'000'000 * hour;

TEST_CASE("with more than twelve hours left all bids go, then the latest within the hour") {
    // ann bids 30 and 13 hours before the end, bob 20 hours before it.
    const std::vector<Offer> offers = {exactly("ann", 60, end - 30 * hour),
                                       exactly("bob", 70, end - 20 * hour),
                                       exactly("ann", 80, end - 13 * hour)};
    struct Row {
        const char* what;
        const char* bidder;
        std::int64_t now_us;
        std::int64_t closing_time_us;
        Retraction::Kind kind;
        const char* left;
    };
    using Kind = Retraction::Kind;
    const Row rows[] = {
        {"a stranger", "cy", end - 20 * hour, end, Kind::nothing, ""},
        {"early", "ann", end - 12 * hour - 1, end, Kind::retracted, "bob70 "},
        {"early, another", "bob", end - 12 * hour - 1, end, Kind::retracted, "ann60 ann80 "},
        {"twelve hours before the end", "ann", end - 12 * hour, end, Kind::retracted,
         "ann60 bob70 "},
        {"late, and long after the bid", "bob", end - 12 * hour, end, Kind::too_late, ""},
        {"an hour after the bid", "ann", end - 12 * hour, end, Kind::retracted, "ann60 bob70 "},
        {"more than an hour after it", "ann", end - 12 * hour + 1, end, Kind::too_late, ""},
        {"without an end", "ann", end + 900 * hour, 0, Kind::retracted, "bob70 "},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto retraction = retract(offers, row.bidder, row.now_us, row.closing_time_us);
        CHECK(retraction.kind == row.kind);
        std::string left;
        for (const auto& offer : retraction.left) {
            left += offer.bidder + std::to_string(offer.amount.units / 10'000) + " ";
        }
        CHECK(left == row.left);
    }
}

}  // namespace
}  // namespace gavel::auction
