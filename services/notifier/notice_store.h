#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/feed/stored_view.h"
#include "common/feed/view_file.h"
#include "services/notifier/auction_standings.h"
#include "services/notifier/webhook_store.h"

namespace gavel::notifier {

// Which notices a client asks for.
struct NoticeQuery {
    std::optional<std::uint64_t> auction_id = {};
    // Those after this one, oldest first; without it the newest, oldest first.
    std::optional<std::uint64_t> after = {};
    std::size_t limit = 0;
    // Of these kinds; nothing: the winners, as the list has always shown them.
    std::optional<NoticeKinds> kinds = {};
    std::optional<std::string> recipient = {};
};

// The notifier's file: who was told what, one notice for each who won, was outbid or lost, and how
// far the feed has been read, which changes in the same transaction. So everyone has one notice for
// each reason, however often a page comes. Notices of who won stay; of the others the newest do
// (limits::max_other_notices), and those of who was outbid are there while a webhook wants them.
// Fails as ViewFile does.
class NoticeStore : public FeedStore {
  public:
    // See ViewFile.
    explicit NoticeStore(const std::string& path, const std::string& vfs = "");

    void append(const FeedPage& page) override;
    Reached reached() override { return file_.reached(); }

    // {"notifications": […], "next": …}: `next` is the `after` of the next page, null at the end.
    std::string read(const NoticeQuery& query);

    // The auction's winner has a notice.
    bool has_notice(const std::string& log_id, std::uint64_t auction_id);

    // Used by the same thread.
    WebhookStore& webhooks() { return webhooks_; }

    bool in_memory() const { return file_.in_memory(); }
    Database& database() { return file_.database(); }

  private:
    bool is_kept(const std::string& log_id, const Notice& notice);
    void insert(const std::string& log_id, const Notice& notice);
    std::int64_t newest_id();
    void forget_old(std::int64_t newest);

    ViewFile file_;
    Statement insert_;
    AuctionStandings standings_;
    WebhookStore webhooks_;
    std::int64_t forgotten_through_ = 0;
    // Up to here everyone is told of being outbid.
    std::string outbid_log_id_;
    std::uint64_t outbid_index_ = 0;
};

}  // namespace gavel::notifier
