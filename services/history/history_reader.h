#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/storage/sqlite.h"

namespace gavel::history {

// What a client asks of the history.
struct HistoryQuery {
    std::optional<std::string> auction_id;
    // With one of these the answer is a page: events after the cursor, oldest first. Without
    // both it is the newest events, oldest first.
    std::optional<std::uint64_t> after;
    std::optional<std::size_t> limit;
    bool full = false;  // with id, seq, bidder and amount

    bool is_paged() const { return after || limit; }
};

struct HistoryAnswer {
    std::string body;
    bool truncated = false;  // older events were left out
};

// Reads events through one connection and renders them as JSON text, without building a document:
// 100,000 events take about a tenth of a second. Used by one thread at a time; borrows the
// connection. Bounded in events and in bytes (common/limits.h).
class HistoryReader {
  public:
    explicit HistoryReader(Database& database) : database_(database) {}

    HistoryAnswer read(const HistoryQuery& query);

  private:
    HistoryAnswer read_page(const HistoryQuery& query);
    HistoryAnswer read_newest(const HistoryQuery& query);

    Database& database_;
};

}  // namespace gavel::history
