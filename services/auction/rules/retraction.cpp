#include "services/auction/rules/retraction.h"

#include <algorithm>

namespace gavel::auction {
namespace {

constexpr std::int64_t us_an_hour = 3'600'000'000;
constexpr std::int64_t all_go_before_us = 12 * us_an_hour;

}  // namespace

Retraction retract(const std::vector<Offer>& offers, const std::string& bidder, std::int64_t now_us,
                   std::int64_t closing_time_us) {
    const auto is_theirs = [&](const Offer& offer) { return offer.bidder == bidder; };
    const auto latest = std::find_if(offers.rbegin(), offers.rend(), is_theirs);
    if (latest == offers.rend()) return {};
    Retraction retraction{Retraction::Kind::retracted, offers};
    if (closing_time_us == 0 || closing_time_us - now_us > all_go_before_us) {
        std::erase_if(retraction.left, is_theirs);
        return retraction;
    }
    if (now_us - latest->time_us > us_an_hour) return {Retraction::Kind::too_late, {}};
    retraction.left.erase(retraction.left.begin() + (std::distance(latest, offers.rend()) - 1));
    return retraction;
}

}  // namespace gavel::auction
