#include "services/gateway/stream_position.h"

#include <charconv>

namespace gavel::gateway {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& number) {
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && rest == end;
}

}  // namespace

std::optional<StreamEventId> StreamEventId::parse(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos || dash == 0) return std::nullopt;
    const auto dot = text.find('.', dash);
    if (dot == std::string_view::npos) return std::nullopt;
    StreamEventId id;
    id.log_id = text.substr(0, dash);
    if (!parse_number(text.substr(dash + 1, dot - dash - 1), id.position.index) ||
        !parse_number(text.substr(dot + 1), id.position.n)) {
        return std::nullopt;
    }
    return id;
}

}  // namespace gavel::gateway
