#include "services/notifier/notice_row.h"

#include "common/clock/utc_text.h"
#include "common/json/json_text.h"
#include "common/money/money.h"

namespace gavel::notifier {
namespace {

// RFC 3339, in UTC.
std::string timestamp_text(std::int64_t time_us) {
    return utc_text(time_us / 1'000'000, "%Y-%m-%dT%H:%M:%SZ");
}

}  // namespace

NoticeRow::NoticeRow(const Statement& row, int first)
    : id(row.column_int(first)), log_id(row.column_bytes(first + 1)) {
    notice.index = static_cast<std::uint64_t>(row.column_int(first + 2));
    notice.n = static_cast<std::uint32_t>(row.column_int(first + 3));
    notice.kind = static_cast<Notice::Kind>(row.column_int(first + 4));
    notice.auction_id = static_cast<std::uint64_t>(row.column_int(first + 5));
    notice.recipient = row.column_bytes(first + 6);
    notice.amount.units = row.column_int(first + 7);
    notice.time_us = row.column_int(first + 8);
    notice.reason = row.column_bytes(first + 9);
    notice.closing_time_us = row.column_int(first + 10);
}

std::string NoticeRow::json() const {
    std::string out = R"({"id":)" + std::to_string(id) + ",";
    append_members(out, notice);
    out += '}';
    return out;
}

std::string NoticeRow::winner_json() const {
    std::string out = R"({"id":)" + std::to_string(id);
    out += R"(,"auction_id":")" + std::to_string(notice.auction_id) + '"';
    out += R"(,"winner":)";
    append_json_string(out, notice.recipient);
    out += R"(,"amount":)";
    out += format_decimal({notice.amount.units, Money::Notation::decimal});
    out += R"(,"time":)";
    append_json_seconds(out, notice.time_us);
    out += R"(,"reason":)";
    append_json_string(out, notice.reason);
    out += '}';
    return out;
}

std::string NoticeRow::message_id() const {
    return "msg_" + log_id + "_" + std::to_string(id);
}

std::string NoticeRow::message() const {
    std::string out = R"({"type":"auction.)";
    out += to_string(notice.kind);
    out += R"(","timestamp":")" + timestamp_text(notice.time_us) + R"(","data":{)";
    append_members(out, notice);
    out += "}}";
    return out;
}

}  // namespace gavel::notifier
