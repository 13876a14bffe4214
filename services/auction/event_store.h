#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/storage/sqlite.h"
#include "services/auction/entry_events.h"
#include "services/auction/event_block.h"

namespace gavel::auction {

// Keeps the events of the whole log on disk, in compressed blocks, so that a view can catch up from
// any index without the book being replayed. Derived data: it is made again from the log when it is
// lost, so it is written without waiting for the disk. One thread at a time.
class EventStore {
  public:
    // Which log the store at this path tells of, and how far; nothing when there is none that can
    // be read.
    struct Contents {
        std::string log_id;
        std::uint64_t reached_index = 0;
    };
    static std::optional<Contents> look_into(const std::string& path);

    // Opens or creates it. A store of another log, or a damaged one, is emptied.
    EventStore(const std::string& path, const std::string& log_id);

    // Every event up to this index is there.
    std::uint64_t reached_index() const { return reached_index_; }

    // In the order of the log; those that are there already are left out.
    void append(const std::vector<EntryEvents>& entries, std::uint64_t reached_index);
    // Everything that was appended is on disk on return.
    void sync();

    // The events after `after` and up to `through`, in order, until there are `max_events`; the
    // rest of the last entry's comes, too.
    struct Stretch {
        std::uint64_t index = 0;  // what it reaches
        std::string events_json;  // with commas between
    };
    Stretch read(std::uint64_t after, std::uint64_t through, std::size_t max_events);

  private:
    void open();
    void empty();

    std::string path_;
    std::string log_id_;
    std::unique_ptr<Database> database_;
    EventBlockCodec codec_;
    std::uint64_t reached_index_ = 0;
};

}  // namespace gavel::auction
