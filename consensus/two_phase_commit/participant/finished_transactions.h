#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "consensus/two_phase_commit/transaction.h"

namespace gavel::two_phase::participant {

// What a participant remembers of transactions that are over for it, so that a message that comes
// again, or late, is known: the newest ones. Of older ones it knows that they were there: their
// time is at or before forgotten_us(). A value.
class FinishedTransactions {
  public:
    struct Finished {
        std::int64_t began_us = 0;
        bool committed = false;
        Refusal refusal;  // what it voted to abort with, if it did

        auto operator<=>(const Finished&) const = default;
    };

    explicit FinishedTransactions(std::size_t max_size, std::int64_t forgotten_us = 0)
        : max_size_(max_size), forgotten_us_(forgotten_us) {}

    void add(const std::string& id, Finished finished) {
        order_.emplace(finished.began_us, id);
        by_id_.insert_or_assign(id, std::move(finished));
        while (order_.size() > max_size_ ||
               (!order_.empty() && order_.begin()->first <= forgotten_us_)) {
            forgotten_us_ = std::max(forgotten_us_, order_.begin()->first);
            by_id_.erase(order_.begin()->second);
            order_.erase(order_.begin());
        }
    }
    // Null when it is not remembered.
    const Finished* find(const std::string& id) const {
        const auto found = by_id_.find(id);
        return found == by_id_.end() ? nullptr : &found->second;
    }
    std::int64_t forgotten_us() const { return forgotten_us_; }

    auto operator<=>(const FinishedTransactions&) const = default;

  private:
    std::size_t max_size_;
    std::int64_t forgotten_us_;
    std::map<std::string, Finished> by_id_;
    std::set<std::pair<std::int64_t, std::string>> order_;  // by began_us
};

}  // namespace gavel::two_phase::participant
