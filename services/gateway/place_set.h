#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gavel::gateway {

// A set of places in a list, a bit each: of a hundred thousand places, the next one that is in the
// set is found within microseconds, however few there are.
class PlaceSet {
  public:
    void add(std::size_t place) {
        if (place / word_bits >= words_.size()) words_.resize(place / word_bits + 1);
        words_[place / word_bits] |= bit(place);
    }

    void remove(std::size_t place) {
        if (place / word_bits < words_.size()) words_[place / word_bits] &= ~bit(place);
    }

    // The first place from that one on.
    std::optional<std::size_t> next(std::size_t from) const {
        if (from / word_bits >= words_.size()) return std::nullopt;
        std::size_t word = from / word_bits;
        std::uint64_t bits = words_[word] & (~std::uint64_t{0} << (from % word_bits));
        while (bits == 0) {
            if (++word == words_.size()) return std::nullopt;
            bits = words_[word];
        }
        return word * word_bits + static_cast<std::size_t>(std::countr_zero(bits));
    }

  private:
    static constexpr std::size_t word_bits = 64;

    static std::uint64_t bit(std::size_t place) { return std::uint64_t{1} << (place % word_bits); }

    std::vector<std::uint64_t> words_;
};

}  // namespace gavel::gateway
