#include "services/history/history_reader.h"

#include <vector>

#include "common/feed/feed_event.h"
#include "common/json/json_text.h"
#include "common/limits.h"
#include "common/money/money.h"
#include "services/history/event_text.h"

namespace gavel::history {
namespace {

// The order of `columns`.
enum Column {
    seq,
    auction_id,
    event_type,
    payload,
    timestamp_us,
    log_id,
    idx,
    n,
    bidder,
    amount_units
};

constexpr const char* columns =
    "seq, auction_id, event_type, payload, timestamp_us, log_id, idx, n, bidder, amount_units";

void append_event(std::string& out, const Statement& row, bool full) {
    out += '{';
    append_event_fields(out, {row.column_bytes(auction_id), row.column_bytes(event_type),
                              row.column_bytes(payload), row.column_int(timestamp_us)});
    if (full) {
        out += R"(,"id":)";
        if (row.column_is_null(log_id)) {
            out += "null";
        } else {
            append_json_string(out, event_id(std::string(row.column_bytes(log_id)),
                                             static_cast<std::uint64_t>(row.column_int(idx)),
                                             static_cast<std::uint32_t>(row.column_int(n))));
        }
        out += R"(,"seq":)";
        out += std::to_string(row.column_int(seq));
        out += R"(,"bidder":)";
        if (row.column_is_null(bidder)) {
            out += "null";
        } else {
            append_json_string(out, row.column_bytes(bidder));
        }
        out += R"(,"amount":)";
        out += row.column_is_null(amount_units)
                   ? "null"
                   : format_decimal({row.column_int(amount_units), Money::Notation::decimal});
    }
    out += '}';
}

// Binds the auction, if one is asked for, as parameter 3. Its bytes outlive the statement.
void bind_auction(Statement& statement, const std::string& auction_json) {
    if (!auction_json.empty()) statement.bind_text(3, auction_json);
}

std::string auction_json_of(const HistoryQuery& query) {
    std::string text;
    if (query.auction_id) append_json_string(text, *query.auction_id);
    return text;
}

}  // namespace

HistoryAnswer HistoryReader::read(const HistoryQuery& query) {
    return query.is_paged() ? read_page(query) : read_newest(query);
}

HistoryAnswer HistoryReader::read_page(const HistoryQuery& query) {
    const std::string auction_json = auction_json_of(query);
    const std::size_t limit = query.limit.value_or(limits::max_history_page_events);
    Statement rows(database_, std::string("SELECT ") + columns + " FROM events WHERE seq > ?1" +
                                  (query.auction_id ? " AND auction_id = ?3" : "") +
                                  " ORDER BY seq LIMIT ?2");
    // One more than asked for tells whether another page follows.
    rows.bind(1, query.after.value_or(0)).bind(2, static_cast<std::uint64_t>(limit) + 1);
    bind_auction(rows, auction_json);

    HistoryAnswer answer;
    answer.body = R"({"events":[)";
    std::size_t count = 0;
    std::int64_t last_seq = 0;
    bool more = false;
    while (rows.step()) {
        more = count == limit || answer.body.size() >= limits::max_history_answer_bytes;
        if (more) break;
        if (count > 0) answer.body += ',';
        append_event(answer.body, rows, query.full);
        last_seq = rows.column_int(seq);
        ++count;
    }
    answer.body += R"(],"next":)";
    answer.body += more ? std::to_string(last_seq) : "null";
    answer.body += '}';
    return answer;
}

HistoryAnswer HistoryReader::read_newest(const HistoryQuery& query) {
    const std::string auction_json = auction_json_of(query);
    Statement rows(database_, std::string("SELECT ") + columns + " FROM events" +
                                  (query.auction_id ? " WHERE auction_id = ?3" : "") +
                                  " ORDER BY seq DESC LIMIT ?2");
    rows.bind(2, std::uint64_t{limits::max_history_answer_events + 1});
    bind_auction(rows, auction_json);

    // Rendered newest first, because the bound is met at the old end; then put in order.
    HistoryAnswer answer;
    std::string newest_first;
    std::vector<std::size_t> starts;
    while (rows.step()) {
        answer.truncated = starts.size() == limits::max_history_answer_events ||
                           newest_first.size() >= limits::max_history_answer_bytes;
        if (answer.truncated) break;
        starts.push_back(newest_first.size());
        append_event(newest_first, rows, query.full);
    }
    answer.body.reserve(newest_first.size() + starts.size() + 16);
    answer.body = R"({"events":[)";
    std::size_t end = newest_first.size();
    for (auto start = starts.rbegin(); start != starts.rend(); ++start) {
        if (start != starts.rbegin()) answer.body += ',';
        answer.body.append(newest_first, *start, end - *start);
        end = *start;
    }
    answer.body += "]}";
    return answer;
}

}  // namespace gavel::history
