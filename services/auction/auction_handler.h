#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/http/json_request_handler.h"
#include "services/auction/auction_engine.h"
#include "services/auction/bid_figures.h"

namespace gavel::auction {

// The auction service over HTTP: reads requests, submits commands, renders outcomes.
// Loop thread only. Borrows the engine.
class AuctionHandler : public JSONRequestHandler {
  public:
    explicit AuctionHandler(AuctionEngine& engine);
    ~AuctionHandler() override;

    // The log has replicas, and readers of the feed may come from one that is further on: they
    // wait for what comes next. Else a reader who is ahead of the log has read what is no part of
    // it (a backup was restored) and is told 410.
    void expect_readers_ahead() { readers_may_be_ahead_ = true; }

    void append_to(MetricsPage& page) const;

  private:
    void create_auction(const JSONRequest& request, const Responder& respond);
    Response list_auctions(const JSONRequest& request);
    Response get_auction(const JSONRequest& request);
    void place_bid(const JSONRequest& request, const Responder& respond);
    void place_bids(const JSONRequest& request, const Responder& respond);
    void buy_now(const JSONRequest& request, const Responder& respond);
    void retract_bids(const JSONRequest& request, const Responder& respond);
    void cancel_auction(const JSONRequest& request, const Responder& respond);
    void close_auction(const JSONRequest& request, const Responder& respond);
    void read_feed(const JSONRequest& request, const Responder& respond);
    Response live(const JSONRequest& request);
    Response ready(const JSONRequest& request);

    using Render = std::function<Response(const Outcome&)>;

    // Submits the command and renders its outcome; a request whose key was answered before gets
    // that answer at once.
    void submit(Command command, const Render& render, const Responder& respond);
    // Renders an outcome that is about one auction.
    Render render_auction(const JSONRequest& request, int success_status) const;

    AuctionEngine& engine_;
    BidFigures bids_;
    bool readers_may_be_ahead_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::auction
