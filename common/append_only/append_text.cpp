#include "common/append_only/append_text.h"

#include <algorithm>

namespace gavel {
namespace {

constexpr std::size_t piece_bytes = 32 * 1024;
constexpr std::size_t usual_record_bytes = 512;  // a longer one may make its piece grow

}  // namespace

void AppendText::add_piece(std::string text) {
    const std::size_t start = size();
    pieces_.push_back({start, std::move(text)});
}

std::string& AppendText::next_record() {
    if (pieces_.empty()) {
        add_piece("");  // most texts are short: the first piece grows as strings do
    } else if (pieces_.back().text.size() + usual_record_bytes > piece_bytes) {
        add_piece("");
        pieces_.back().text.reserve(piece_bytes);
    }
    return pieces_.back().text;
}

AppendText::Place AppendText::end() const {
    if (pieces_.empty()) return {};
    return {static_cast<std::uint32_t>(pieces_.size() - 1),
            static_cast<std::uint32_t>(pieces_.back().text.size())};
}

std::size_t AppendText::size_before(Place place) const {
    return pieces_.empty() ? 0 : pieces_[place.piece].start + place.offset;
}

std::string_view AppendText::between(Place begin, Place end) const {
    assert(begin.piece == end.piece && begin.offset <= end.offset);
    if (pieces_.empty()) return {};
    return std::string_view(pieces_[begin.piece].text)
        .substr(begin.offset, end.offset - begin.offset);
}

std::string_view AppendText::rest(Place begin) const {
    if (pieces_.empty()) return {};
    return std::string_view(pieces_[begin.piece].text).substr(begin.offset);
}

AppendText::Place AppendText::advance(Place place, std::size_t bytes) const {
    place.offset += static_cast<std::uint32_t>(bytes);
    const bool at_its_end = rest(place).empty();
    return at_its_end && place.piece + 1 < pieces_.size() ? Place{place.piece + 1, 0} : place;
}

void AppendText::append_to(std::string& out, Place end) const {
    if (pieces_.empty()) return;
    for (std::uint32_t i = 0; i < end.piece; ++i) out += pieces_[i].text;
    out.append(pieces_[end.piece].text, 0, end.offset);
}

bool AppendText::operator==(const AppendText& other) const {
    if (size() != other.size()) return false;
    for (Place ours, theirs; !rest(ours).empty();) {
        const std::size_t common = std::min(rest(ours).size(), other.rest(theirs).size());
        if (rest(ours).substr(0, common) != other.rest(theirs).substr(0, common)) return false;
        ours = advance(ours, common);
        theirs = other.advance(theirs, common);
    }
    return true;
}

}  // namespace gavel
