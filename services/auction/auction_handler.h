#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/http/json_request_handler.h"
#include "common/http/piece_stream.h"
#include "common/identity/identity.h"
#include "services/auction/auction_engine.h"
#include "services/auction/bid_figures.h"
#include "services/auction/heads.h"

namespace gavel::auction {

// The auction service over HTTP: reads requests, submits commands, renders outcomes.
// Loop thread only. Borrows the engine.
class AuctionHandler : public JSONRequestHandler {
  public:
    // `identity`: who asks, where that can be proved; else nobody is asked for it.
    explicit AuctionHandler(AuctionEngine& engine, Identity identity = {});
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
    Response read_proof(const JSONRequest& request);
    Response read_heads(const JSONRequest& request);
    Response list_daily_heads(const JSONRequest& request);
    Response read_daily_heads(const JSONRequest& request);
    void read_feed(const JSONRequest& request, const Responder& respond);
    Response live(const JSONRequest& request);
    Response ready(const JSONRequest& request);

    using Render = std::function<Response(const Outcome&)>;

    // Submits the command and answers its outcome; a request whose key was answered before gets
    // that answer at once.
    void submit(const JSONRequest& request, Command command, const Render& render,
                const Responder& respond);
    // Renders the outcome, with the receipt that it has, if any.
    Response answer(const Render& render, const Outcome& outcome) const;
    // Renders an outcome that is about one auction.
    Render render_auction(const JSONRequest& request, int success_status) const;

    Response answer_heads(HeadsWriter heads);
    // What may be long: 503 while limits::max_long_answers of them are being read.
    Response long_answer(std::function<Piece(std::string&)> next);

    // The bidder who asks for this command, if that is proved; throws when it must be and is not.
    std::optional<std::string> caller_of(const JSONRequest& request, const Command& command) const;
    // Its auction's bids are hidden until the end.
    bool is_sealed(AuctionId id) const;
    std::string seller_of(AuctionId id) const;

    AuctionEngine& engine_;
    const Identity identity_;
    BidFigures bids_;
    bool readers_may_be_ahead_ = false;
    std::shared_ptr<const bool> long_answers_ = std::make_shared<const bool>();  // each has a copy
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::auction
