#pragma once

#include <cstdint>
#include <string>

#include "common/feed/notice.h"
#include "common/storage/sqlite.h"

namespace gavel::notifier {

// What NoticeRow reads, in that order.
inline constexpr const char* notice_columns =
    "notices.id, notices.log_id, notices.idx, notices.n, notices.kind, notices.auction_id,"
    " notices.recipient, notices.amount_units, notices.time_us, notices.reason,"
    " notices.closing_time_us";

// A notice as it stands in the file.
struct NoticeRow {
    // From the statement's current row; `first` is the column of notice_columns' first.
    NoticeRow(const Statement& row, int first);

    std::int64_t id = 0;
    std::string log_id;
    Notice notice;

    // As the list of notices shows it.
    std::string json() const;
    // As it has always shown the winners.
    std::string winner_json() const;
    // The id and the body of a webhook's message: the same whenever it is sent.
    std::string message_id() const;
    std::string message() const;
};

}  // namespace gavel::notifier
