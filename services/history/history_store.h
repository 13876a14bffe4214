#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/feed/feed_event.h"
#include "common/storage/file_lock.h"
#include "common/storage/sqlite.h"
#include "services/history/note.h"

namespace gavel::history {

// How far the followed log is in the store.
struct Reached {
    std::string log_id;  // "": no page has come yet
    std::uint64_t index = 0;
};

// Owns the history's file: every event once, in the order it came, and the index reached, which
// changes in the same transaction. Events of the feed can be fetched again, so their commits are
// not synced one by one; notes exist nowhere else, so theirs are.
//
// Used by one thread at a time. Every failure is a StorageError that names the file; a failed
// write has changed nothing. Once a sync has failed, what is on disk is unknown, and each later
// write fails the same way.
class HistoryStore {
  public:
    // "" and ":memory:" keep everything in memory. Throws when the file is damaged, another
    // program's or another version's, and says what to do; also when another process has it
    // (std::runtime_error). `vfs`: see Database.
    explicit HistoryStore(const std::string& path, const std::string& vfs = "");

    // What of the page is already there is left as it is.
    void append(const FeedPage& page);

    // On disk on return.
    void append(const std::vector<Note>& notes);

    Reached reached();

    bool in_memory() const { return in_memory_; }
    Database& database() { return database_; }

  private:
    enum class Durability { fetched_again, synced };

    template <class Write>
    void write(Durability durability, std::size_t event_count, Write insert_all);
    void insert(const std::string& log_id, const FeedEvent& event);
    void insert(const Note& note);
    void set_synchronous(Durability durability);
    void merge_log_when_long(std::size_t event_count);

    const bool in_memory_;
    std::optional<FileLock> lock_;  // none in memory
    Database database_;
    Statement insert_;
    Statement set_reached_;
    Durability durability_ = Durability::synced;
    std::size_t unmerged_pages_ = 0;  // in the write-ahead log, roughly
    bool sync_failed_ = false;
};

}  // namespace gavel::history
