#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gavel {

// Text that is only appended to, record by record, in pieces: growing copies no more than one of
// them, where a string of a megabyte would be copied as a whole while everybody waits. Each record
// lies in one piece, so it can be seen without being put together.
// As safe among threads as a string.
class AppendText {
  public:
    // Between two bytes, whatever is appended.
    struct Place {
        std::uint32_t piece = 0;
        std::uint32_t offset = 0;  // in it
        bool operator==(const Place&) const = default;
    };

    AppendText() = default;
    // All of `text` in one piece.
    explicit AppendText(std::string text) { add_piece(std::move(text)); }

    // The text to whose end the next record is written; what it has already stays as it is.
    std::string& next_record();
    // The same text again. REQUIRES: there was a record
    std::string& same_record() { return pieces_.back().text; }

    std::size_t size() const { return size_before(end()); }
    bool empty() const { return size() == 0; }
    Place end() const;
    std::size_t size_before(Place place) const;

    // REQUIRES: both are in the same piece, and in this order.
    std::string_view between(Place begin, Place end) const;
    // From there to the end of the piece.
    std::string_view rest(Place begin) const;
    // So many bytes further; at the end of a piece that another follows, the beginning of that.
    // What was the last end is so, too, once more is appended: advance(end, 0) is where that
    // begins. REQUIRES: bytes <= rest(place).size()
    Place advance(Place place, std::size_t bytes) const;

    void append_to(std::string& out, Place end) const;
    // `take` is called with each piece.
    template <class Take>
    void each_piece(Take take) const {
        for (const auto& piece : pieces_) take(std::string_view(piece.text));
    }

    // By their text alone, whatever the pieces.
    bool operator==(const AppendText& other) const;

  private:
    struct Piece {
        std::size_t start = 0;  // the bytes before it
        std::string text;
    };

    void add_piece(std::string text);

    std::vector<Piece> pieces_;
};

}  // namespace gavel
