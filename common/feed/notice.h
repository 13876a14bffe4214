#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/money/money.h"

namespace gavel {

// What somebody who takes part in an auction is told.
struct Notice {
    enum class Kind : std::uint8_t { won, outbid, lost, unsold, extended };
    static constexpr Kind kinds[] = {Kind::won, Kind::outbid, Kind::lost, Kind::unsold,
                                     Kind::extended};

    Kind kind = Kind::won;
    // Of the event that it is told of.
    std::uint64_t index = 0;
    std::uint32_t n = 0;
    std::uint64_t auction_id = 0;
    std::int64_t time_us = 0;
    std::string recipient;             // "": whoever it concerns
    Money amount;                      // the price
    std::string reason;                // won, lost, unsold: why it is over
    std::int64_t closing_time_us = 0;  // extended: the new end, Unix time
};

// "won", "outbid", "lost", "unsold", "extended".
const char* to_string(Notice::Kind kind);
std::optional<Notice::Kind> parse_notice_kind(std::string_view text);

// The notice's members as they stand in JSON, without braces.
void append_members(std::string& out, const Notice& notice);

}  // namespace gavel
