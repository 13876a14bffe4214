#include "services/auction/bid_figures.h"

#include <numeric>
#include <variant>

namespace gavel::auction {
namespace {

struct Named {
    OutcomeCode code;
    const char* name;
};

// What operators tell apart; all else is rare.
constexpr Named named[] = {
    {OutcomeCode::accepted, "accepted"},     {OutcomeCode::not_found, "not_found"},
    {OutcomeCode::not_open, "not_open"},     {OutcomeCode::too_low, "too_low"},
    {OutcomeCode::key_reused, "key_reused"},
};

}  // namespace

bool BidFigures::counts(const Command& command) {
    return std::holds_alternative<PlaceBid>(command.action) ||
           std::holds_alternative<PlaceBids>(command.action);
}

void BidFigures::note(const Outcome* outcome) {
    if (outcome == nullptr) {
        ++unavailable_;
    } else if (outcome->code != OutcomeCode::bulk) {
        ++by_code_.at(static_cast<std::size_t>(outcome->code));
    } else {
        for (const auto& bid : outcome->bids) ++by_code_.at(static_cast<std::size_t>(bid.code));
    }
}

void BidFigures::append_to(MetricsPage& page) const {
    const auto tell = [&page](const char* outcome, std::uint64_t count) {
        page.counter("gavel_bids_total", "Bids that came to the book, by what became of them.",
                     {{"outcome", outcome}}, count);
    };
    std::uint64_t other = std::accumulate(by_code_.begin(), by_code_.end(), std::uint64_t{0});
    for (const auto& known : named) {
        const std::uint64_t count = by_code_.at(static_cast<std::size_t>(known.code));
        tell(known.name, count);
        other -= count;
    }
    tell("other", other);
    tell("unavailable", unavailable_);
}

}  // namespace gavel::auction
