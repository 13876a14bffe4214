#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/contract/input.h"
#include "common/http/json_request.h"
#include "common/http/service_client.h"
#include "common/money/money.h"
#include "services/gateway/transaction_path.h"
#include "services/gateway/write_session.h"

namespace gavel::gateway {

// The way of every write through the system: create and close go to the auction service, or through
// two-phase commit where there is a coordinator; bids through the bidding service to it. Remembers
// the highest log index that was acknowledged, so that reads can wait for their own writes. Loop
// thread only; borrows the clients.
//
// When the auction service is several nodes, a write must survive the change of its leader: it
// may take limits::cluster_timeout_ms, and one without an Idempotency-Key gets a serial of the
// gateway's own session, so that it can be repeated.
class WritePath {
  public:
    using Callback = std::function<void(Response)>;

    // `transactions`: creates and closes go that way; null when there is no coordinator.
    // `session` is the id of the gateway's session (WriteSession); nothing when the auction
    // service is one node.
    WritePath(ServiceClient& auctions, ServiceClient& bidding,
              std::optional<std::uint64_t> session = std::nullopt,
              TransactionPath* transactions = nullptr);
    ~WritePath() { *alive_ = false; }
    WritePath(const WritePath&) = delete;
    WritePath& operator=(const WritePath&) = delete;

    // `request` gives the headers that travel along; `body` is what is sent.
    void create(const JSONRequest& request, std::string body, Callback callback);
    void close(const JSONRequest& request, std::uint64_t auction_id, Callback callback);
    void bid(const JSONRequest& request, std::uint64_t auction_id, const contract::BidInput& bid,
             Callback callback);
    // `action` is the last part of the path: buy_now or retract.
    void ask(const JSONRequest& request, std::uint64_t auction_id, const std::string& action,
             const std::string& bidder, Callback callback);
    void bulk(const JSONRequest& request, std::uint64_t auction_id, std::string body,
              Callback callback);

    std::uint64_t acknowledged_index() const { return acknowledged_index_; }
    // The log that it is an index of has gone; no reader may wait for it any more.
    void forget_acknowledged() { acknowledged_index_ = 0; }

  private:
    // The serial of a write that needs one, which is put into the request.
    std::optional<std::uint64_t> begin_in_session(const JSONRequest& request,
                                                  ServiceRequest& outgoing);
    void send(ServiceClient& client, const std::string& service, const JSONRequest& request,
              std::string target, std::string body, Callback callback);

    // The callback, with the answer's index remembered first.
    Callback acknowledging(Callback callback);

    ServiceClient& auctions_;
    ServiceClient& bidding_;
    TransactionPath* transactions_;
    std::optional<WriteSession> session_;
    std::uint64_t acknowledged_index_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::gateway
