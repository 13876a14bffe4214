#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/feed/notice_rules.h"
#include "common/storage/sqlite.h"
#include "services/notifier/webhook.h"

namespace gavel::notifier {

// Who leads in which auction and who has bid in it, as the notifier's file keeps it while the
// auction goes on. Changes are in the file with finish_page(). Used by the disk's thread alone.
class AuctionStandings {
  public:
    // Part of the schema of the notifier's file.
    static const char* schema;

    explicit AuctionStandings(Database& database);

    // The notices of a page's events; of those who are outbid, if they are wanted. REQUIRES: within
    // a transaction
    void take_in(const FeedPage& page, NoticeKinds wanted,
                 const std::function<void(const Notice&)>& tell);
    // The transaction has been committed.
    void keep() { kept_ = true; }

  private:
    using Auction = std::uint64_t;

    void take_in_entry(std::span<const FeedEvent> events, const std::string& log_id,
                       const std::function<void(const Notice&)>& tell);
    AuctionStanding& standing(const std::string& log_id, Auction auction);
    std::vector<std::string> bidders(const std::string& log_id, Auction auction);
    void note_bidder(const FeedEvent& bid);
    void forget(const std::string& log_id, Auction auction);
    void finish_page(const FeedPage& page);

    Database& database_;
    Statement read_leader_;
    Statement write_leader_;
    Statement add_bidders_;
    Statement read_bidders_;

    // Of the page at hand.
    struct Known {
        AuctionStanding before;
        AuctionStanding now;
    };
    std::map<Auction, Known> known_;
    std::map<Auction, std::string> new_bidders_;  // as the file has them

    // Bidders that are in the file, as far as that is remembered.
    std::unordered_map<Auction, std::unordered_set<std::string>> noted_;
    std::size_t noted_count_ = 0;
    bool tells_outbid_ = false;
    std::string log_id_;
    bool kept_ = true;
};

}  // namespace gavel::notifier
