#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gavel::two_phase::simulation {

// The states that were visited, as 128-bit hashes: two of a hundred million states share one with
// a probability below 1 in 10^22. Each has the number in which order it came.
class StateSet {
  public:
    struct Hash {
        std::uint64_t first = 0;
        std::uint64_t second = 0;
        bool operator==(const Hash&) const = default;
    };

    StateSet() : slots_(1 << 16) {}

    // True when it is new.
    bool insert(Hash hash) {
        if ((size_ + 1) * 3 > slots_.size() * 2) grow();
        return put(hash);
    }
    std::size_t size() const { return size_; }

    // Of a sequence of numbers.
    class Hasher {
      public:
        void add(std::uint64_t value) {
            hash_.first = mix(hash_.first ^ value);
            hash_.second = mix(hash_.second + value * 0x9e3779b97f4a7c15ULL);
        }
        Hash hash() const {
            // {0, 0} is an empty slot.
            return {hash_.first | 1, hash_.second};
        }

      private:
        static std::uint64_t mix(std::uint64_t value) {  // splitmix64 (Steele et al. 2014)
            value += 0x9e3779b97f4a7c15ULL;
            value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
            value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
            return value ^ (value >> 31);
        }
        Hash hash_{1, 2};
    };

  private:
    bool put(Hash hash) {
        const auto mask = slots_.size() - 1;
        for (auto at = hash.second & mask;; at = (at + 1) & mask) {
            if (slots_[at] == hash) return false;
            if (slots_[at] == Hash{}) {
                slots_[at] = hash;
                ++size_;
                return true;
            }
        }
    }
    void grow() {
        std::vector<Hash> old(slots_.size() * 2);
        old.swap(slots_);
        size_ = 0;
        for (const auto& hash : old) {
            if (!(hash == Hash{})) put(hash);
        }
    }

    std::vector<Hash> slots_;
    std::size_t size_ = 0;
};

}  // namespace gavel::two_phase::simulation
