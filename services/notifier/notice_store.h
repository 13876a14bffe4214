#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/feed/stored_view.h"
#include "common/feed/view_file.h"

namespace gavel::notifier {

// Which notices a client asks for.
struct NoticeQuery {
    std::optional<std::uint64_t> auction_id;
    // Those after this one, oldest first; without it the newest, oldest first.
    std::optional<std::uint64_t> after;
    std::size_t limit = 0;
};

// The notifier's file: who won which auction, one notice for each that ended with a bid, and how
// far the feed has been read, which changes in the same transaction. So each winner has one notice,
// however often a page comes. Fails as ViewFile does.
class NoticeStore : public FeedStore {
  public:
    // See ViewFile.
    explicit NoticeStore(const std::string& path, const std::string& vfs = "");

    void append(const FeedPage& page) override;
    Reached reached() override { return file_.reached(); }

    // {"notifications": […], "next": …}: `next` is the `after` of the next page, null at the end.
    std::string read(const NoticeQuery& query);

    // The auction's notice is there.
    bool has_notice(const std::string& log_id, std::uint64_t auction_id);

    bool in_memory() const { return file_.in_memory(); }
    Database& database() { return file_.database(); }

  private:
    void insert(const std::string& log_id, const FeedEvent& event);

    ViewFile file_;
    Statement insert_;
};

}  // namespace gavel::notifier
