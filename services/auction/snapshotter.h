#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "common/runtime/worker.h"
#include "services/auction/auction_book.h"

namespace gavel::auction {

// Files beside the log that hold the book as it was at some entry, so that a start replays only
// what came after. A snapshot is written whole (temporary file, fsync, rename) and checked by its
// SHA-256; one that does not check is passed over for the one before it.
class SnapshotFiles {
  public:
    explicit SnapshotFiles(std::string log_path) : log_path_(std::move(log_path)) {}

    // The newest one of this log that is whole and not beyond `max_index`.
    std::optional<AuctionBook> load_newest(const std::string& log_id,
                                           std::uint64_t max_index) const;
    // How far the newest one goes that is whole, of this log, and beyond that index.
    std::optional<std::uint64_t> find_beyond(const std::string& log_id, std::uint64_t index) const;
    // Writes one and removes all but the newest limits::snapshots_kept of this log.
    void save(const std::string& log_id, const AuctionBook& book) const;

  private:
    std::string path_of(std::uint64_t index) const;
    std::vector<std::pair<std::uint64_t, std::string>> newest_first() const;

    std::string log_path_;
};

// Makes snapshots off to the side: a thread of its own loads the one before, replays the entries
// since, and writes the next. The same log gives the same book, so nothing that serves has to
// stop for it.
class Snapshotter {
  public:
    Snapshotter(std::string log_path, std::string log_id, std::uint64_t interval_entries,
                std::uint64_t last_snapshot_index);

    // Called as the log grows, with an index up to which log and events are on disk. Loop thread.
    void log_reached(std::uint64_t index);

  private:
    void make_snapshot(std::uint64_t index);

    const std::string log_path_;
    const std::string log_id_;
    const std::uint64_t interval_entries_;
    std::uint64_t last_requested_index_;
    std::atomic<bool> busy_ = false;
    std::atomic<bool> stopping_ = false;
    Worker worker_;

  public:
    ~Snapshotter();
};

}  // namespace gavel::auction
