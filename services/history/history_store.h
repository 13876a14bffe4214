#pragma once

#include <string>
#include <vector>

#include "common/feed/feed_event.h"
#include "common/feed/stored_view.h"
#include "common/feed/view_file.h"
#include "common/storage/sqlite.h"
#include "services/history/note.h"

namespace gavel::history {

// The history's file: every event once, in the order it came, and the index reached, which
// changes in the same transaction. Events of the feed can be fetched again, so their commits are
// not synced one by one; notes exist nowhere else, so theirs are. Fails as ViewFile does.
class HistoryStore : public FeedStore {
  public:
    // See ViewFile.
    explicit HistoryStore(const std::string& path, const std::string& vfs = "");

    void append(const FeedPage& page) override;

    // On disk on return.
    void append(const std::vector<Note>& notes);

    // Whether the feed's event of that type is there.
    bool has_event(const std::string& log_id, std::uint64_t auction_id, FeedEvent::Type type);

    Reached reached() override { return file_.reached(); }

    bool in_memory() const { return file_.in_memory(); }
    Database& database() { return file_.database(); }

  private:
    void insert(const std::string& log_id, const FeedEvent& event);
    void insert(const Note& note);

    ViewFile file_;
    Statement insert_;
};

}  // namespace gavel::history
