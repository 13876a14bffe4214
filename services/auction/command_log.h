#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gavel::auction {

// The stored log cannot be trusted: it was damaged, cut off, or is something else. Says what to do.
class LogDamaged : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

enum class AppendResult : std::uint8_t {
    durable,
    full,    // no room; nothing was appended, and appending works again when there is room
    failed,  // what is on disk is unknown: the process must end, a restart reads what is there
};

// An ordered log of command records, numbered from 1 without gaps: it gives commands their total
// order and makes them durable. What is behind it (memory, one disk, a cluster) is `AUCTION_LOG`.
class CommandLog {
  public:
    using Appended = std::function<void(AppendResult)>;
    using Visit = std::function<void(std::uint64_t index, std::string_view record)>;

    virtual ~CommandLog() = default;

    // Names this log among all logs; a log that was wiped has another id.
    virtual const std::string& log_id() const = 0;
    // Of the last durable record; 0 when there is none.
    virtual std::uint64_t last_index() const = 0;

    // Calls `visit` for every record from `first` to the end, in order. Throws LogDamaged rather
    // than leave one out or give one that was altered. Only before the first append.
    virtual void replay(std::uint64_t first, const Visit& visit) = 0;

    // Appends all records or none, in order, with one flush to disk; then calls `appended`,
    // perhaps on the log's own thread. At most one append is in flight.
    virtual void append(std::vector<std::string> records, Appended appended) = 0;
    // How long the last append took on the disk, its flush included; 0 without a disk.
    virtual std::int64_t last_append_us() const { return 0; }
};

}  // namespace gavel::auction
