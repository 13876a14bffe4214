#include "services/bidding/admission.h"

#include <doctest/doctest.h>

namespace gavel::bidding {
namespace {

using Status = BoardEntry::Status;

TEST_CASE("only what cannot become true is refused, what is over before what is too low") {
    struct Row {
        std::optional<BoardEntry> known;
        std::int64_t amount_units;
        Admission expected;
    };
    const Row rows[] = {
        {std::nullopt, 1, Admission::forward},  // unknown here is not unknown to the book
        {BoardEntry{500'000, Status::open}, 500'001, Admission::forward},
        {BoardEntry{500'000, Status::open}, 500'000, Admission::too_low},
        {BoardEntry{500'000, Status::open}, 1, Admission::too_low},
        {BoardEntry{500'000, Status::closed}, 600'000, Admission::closed},
        {BoardEntry{500'000, Status::closed}, 1, Admission::closed},
        {BoardEntry{500'000, Status::ended}, 600'000, Admission::ended},
        {BoardEntry{500'000, Status::ended}, 1, Admission::ended},
    };
    for (const auto& row : rows) {
        CAPTURE(row.amount_units);
        CHECK(admit(row.known, Money{row.amount_units}) == row.expected);
    }
}

}  // namespace
}  // namespace gavel::bidding
