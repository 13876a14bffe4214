#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gavel::auction {

// An English auction as one would explain it, without any care for speed: it keeps every bid that
// was taken and works everything out from the first one again, whenever it is asked. What the book
// does in one step is compared with it. It shares no code with the rules. Amounts are in units.
class ReferenceAuction {
  public:
    struct Bid {
        std::string bidder;
        std::int64_t amount = 0;
        bool is_maximum = false;
        std::int64_t time_us = 0;
    };
    struct State {
        std::string leader;
        std::int64_t price = 0;
        std::int64_t maximum = 0;
    };

    std::int64_t starting_bid = 0;
    std::int64_t reserve = 0;  // 0: none
    bool first_bid_may_be_starting_bid = false;
    std::function<std::int64_t(std::int64_t price)> step;

    std::vector<Bid> taken;

    State state() const {
        State state{"", starting_bid, starting_bid};
        for (std::size_t count = 1; count <= taken.size(); ++count) state = after(count, state);
        return state;
    }

    bool would_take(const Bid& bid) const {
        const State now = state();
        if (now.leader == bid.bidder && bid.is_maximum) return bid.amount > now.price;
        if (now.leader.empty()) {
            return first_bid_may_be_starting_bid ? bid.amount >= starting_bid
                                                 : bid.amount > starting_bid;
        }
        return bid.amount >= now.price + step(now.price);
    }

  private:
    // The state after the first `count` bids; `before` is the one after all but the last of them.
    State after(std::size_t count, const State& before) const {
        // The most that each bidder would pay, and which bid said so first.
        std::map<std::string, std::pair<std::int64_t, std::size_t>> most;
        for (std::size_t i = 0; i < count; ++i) {
            auto& [amount, since] = most[taken[i].bidder];
            if (taken[i].amount > amount) {
                amount = taken[i].amount;
                since = i;
            }
        }
        std::vector<std::pair<std::string, std::pair<std::int64_t, std::size_t>>> ranking(
            most.begin(), most.end());
        std::sort(ranking.begin(), ranking.end(), [](const auto& a, const auto& b) {
            if (a.second.first != b.second.first) return a.second.first > b.second.first;
            return a.second.second < b.second.second;
        });
        const Bid& last = taken[count - 1];
        State state{ranking[0].first, before.price, ranking[0].second.first};
        const bool raised_own_maximum = last.bidder == before.leader && last.is_maximum;
        if (!raised_own_maximum) {
            if (ranking.size() > 1) {
                const std::int64_t second = ranking[1].second.first;
                state.price = std::max(state.price, std::min(state.maximum, second + step(second)));
            } else if (!first_bid_may_be_starting_bid) {
                state.price = std::max(state.price,
                                       std::min(state.maximum, starting_bid + step(starting_bid)));
            }
            const bool asks_for_its_price = last.bidder == state.leader && !last.is_maximum;
            if (asks_for_its_price) state.price = std::max(state.price, last.amount);
        }
        if (reserve > 0 && state.maximum >= reserve) state.price = std::max(state.price, reserve);
        return state;
    }
};

}  // namespace gavel::auction
