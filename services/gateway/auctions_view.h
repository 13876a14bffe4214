#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/contract/auction_document.h"
#include "common/feed/feed_follower.h"
#include "common/feed/waiting_reads.h"
#include "services/gateway/place_set.h"

namespace gavel::gateway {

// The gateway's read model: every auction as the wire shows it, made from the feed alone.
// Loop thread only.
class AuctionsView : public FeedView {
  public:
    // Told of every change in feed order, after the view has taken it in.
    class Listener {
      public:
        virtual ~Listener() = default;
        virtual void on_event(const FeedEvent& event, const contract::AuctionDocument& auction) = 0;
        // All events up to the view's index have been told.
        virtual void on_page_end() = 0;
        // The view was emptied: documents told of before are gone.
        virtual void on_restart() = 0;
    };

    explicit AuctionsView(Scheduler& scheduler) : waiting_(scheduler) {}

    // Borrowed; null for none.
    void listen(Listener* listener) { listener_ = listener; }
    // Called when the log that was followed is gone: its indexes mean nothing any more.
    void when_log_lost(std::function<void()> callback) { log_lost_ = std::move(callback); }

    std::string log_id() const override { return log_id_; }
    std::uint64_t index() const override { return index_; }
    void apply(const FeedPage& page, std::function<void(bool)> done) override;
    void restart(const std::string& log_id) override;

    // It has once reached the end that the feed had at that time, so what it shows is recent.
    bool caught_up() const { return caught_up_; }

    // Calls back with true once the view has caught up and reached the index; with false when that
    // takes longer than limits::read_wait_ms.
    void when_reached(std::uint64_t index, std::function<void(bool)> callback);

    // An auction and what its readers need beside it.
    struct Entry {
        contract::AuctionDocument document;
        std::size_t place = 0;  // in the order of creation
        // The last event that changed it: while it is the same, so is the auction.
        std::uint64_t changed_index = 0;
        std::uint32_t changed_n = 0;
    };

    // In order of creation.
    const std::vector<contract::AuctionDocument*>& auctions() const { return in_order_; }
    // Null when there is none.
    const contract::AuctionDocument* find(std::uint64_t auction_id) const;
    const Entry* find_entry(std::uint64_t auction_id) const;
    // Where in auctions() those are that the wire shows with this status, as all know it.
    const PlaceSet& places(contract::AuctionStatus shown) const {
        return places_[static_cast<std::size_t>(contract::shown_as(shown))];
    }
    // Expires when the view is emptied, and with it every document.
    std::weak_ptr<const bool> life() const { return life_; }
    // How many changes it has been told of.
    std::uint64_t events_total() const { return events_total_; }
    // The last event that was taken in; nothing's numbers (0, 0) when there was none.
    std::uint64_t last_event_index() const { return last_event_index_; }
    std::uint32_t last_event_n() const { return last_event_n_; }

  private:
    void take_in(const FeedEvent& event);
    Entry& entry_for(const FeedEvent& event);
    PlaceSet& places_of(contract::AuctionStatus status) {
        return places_[static_cast<std::size_t>(contract::shown_as(status))];
    }

    Listener* listener_ = nullptr;
    std::function<void()> log_lost_;
    WaitingReads waiting_;
    std::string log_id_;
    std::uint64_t index_ = 0;
    std::uint64_t last_event_index_ = 0;
    std::uint32_t last_event_n_ = 0;
    std::uint64_t events_total_ = 0;
    bool caught_up_ = false;
    std::unordered_map<std::uint64_t, std::unique_ptr<Entry>> auctions_;
    std::vector<contract::AuctionDocument*> in_order_;
    std::array<PlaceSet, 3> places_;  // by the status that is shown
    std::shared_ptr<const bool> life_ = std::make_shared<const bool>(true);
};

}  // namespace gavel::gateway
