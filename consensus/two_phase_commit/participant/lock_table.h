#pragma once

#include <compare>
#include <map>
#include <string>

namespace gavel::two_phase::participant {

// Which transaction holds what. A lock is never waited for: who does not get it is refused, so
// there is no deadlock. A value.
class LockTable {
  public:
    // False when another transaction holds it. "" can be held by all at once.
    bool take(const std::string& lock, const std::string& transaction) {
        if (lock.empty()) return true;
        return holders_.try_emplace(lock, transaction).first->second == transaction;
    }
    void release(const std::string& lock, const std::string& transaction) {
        const auto holder = holders_.find(lock);
        if (holder != holders_.end() && holder->second == transaction) holders_.erase(holder);
    }

    auto operator<=>(const LockTable&) const = default;

  private:
    std::map<std::string, std::string> holders_;
};

}  // namespace gavel::two_phase::participant
