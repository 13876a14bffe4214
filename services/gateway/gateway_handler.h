#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/http/json_request_handler.h"
#include "common/http/operator_access.h"
#include "common/http/service_client.h"
#include "common/identity/identity.h"
#include "services/gateway/auctions_view.h"
#include "services/gateway/cluster_status.h"
#include "services/gateway/event_hub.h"
#include "services/gateway/gateway_status.h"
#include "services/gateway/write_path.h"

namespace gavel::gateway {

// The public REST API and the event stream. Checks the shape of what clients send, passes writes
// on, and serves reads from its own view of the feed. Loop thread only; borrows everything.
class GatewayHandler : public JSONRequestHandler {
  public:
    struct Parts {
        Scheduler& scheduler;
        AuctionsView& view;
        EventHub& hub;
        WritePath& writes;
        ServiceClient& auctions;
        ServiceClient& history;
        ClusterStatus& cluster;
        GatewayStatus& status;
        const JSONRequestHandler& go_dialect;     // answers paths that are not ours
        std::function<bool()> connected;          // the feed is being followed
        ServiceClient* notifier = nullptr;        // null: no notices are told
        TransactionPath* transactions = nullptr;  // null: no two-phase commit
        Identity identity = {};                   // who asks, where that can be proved
    };

    explicit GatewayHandler(const Parts& parts);

  protected:
    void handle_unmatched(const JSONRequest& request, const Responder& respond) const override;

  private:
    void create_auction(const JSONRequest& request, const Responder& respond);
    void list_auctions(const JSONRequest& request, const Responder& respond);
    void get_auction(const JSONRequest& request, const Responder& respond);
    void place_bid(const JSONRequest& request, const Responder& respond);
    void place_bids(const JSONRequest& request, const Responder& respond);
    void write_if_unchanged(const JSONRequest& request, const Responder& respond) const;
    void buy_now(const JSONRequest& request, const Responder& respond);
    void retract_bids(const JSONRequest& request, const Responder& respond);
    void cancel_auction(const JSONRequest& request, const Responder& respond);
    // What is the seller's needs the seller's token, where bidders have tokens: here as well as at
    // the auction service, which a transaction does not ask.
    void check_seller(const JSONRequest& request, const std::string& seller,
                      const std::string& what) const;
    std::string seller_of(std::uint64_t auction_id) const;
    void close_auction(const JSONRequest& request, const Responder& respond);
    void read_proof(const JSONRequest& request, const Responder& respond);
    void read_heads(const JSONRequest& request, const Responder& respond);
    void list_daily_heads(const JSONRequest& request, const Responder& respond);
    void read_daily_heads(const JSONRequest& request, const Responder& respond);
    void read_history(const JSONRequest& request, const Responder& respond);
    void read_transactions(const JSONRequest& request, const Responder& respond);
    void read_notifications(const JSONRequest& request, const Responder& respond);
    // Adds to a refused bid what the auction is now, for who takes problem details.
    Responder explaining(std::uint64_t auction_id, const Responder& respond) const;
    // Webhooks are the operators'; the notifier has them.
    void ask_webhooks(const JSONRequest& request, const Responder& respond);
    void read_cluster(const JSONRequest& request, const Responder& respond);
    void read_status(const JSONRequest& request, const Responder& respond);
    Response stream_updates(const JSONRequest& request);
    Response describe(const JSONRequest& request);
    Response live(const JSONRequest& request);
    Response ready(const JSONRequest& request);

    // `query`: what else is asked for, each with an & before it.
    void read_from_book(const std::string& path, const JSONRequest& request,
                        const Responder& respond, const std::string& query = {});
    // Has the request answered by a service that follows the feed, once that shows all that this
    // gateway has acknowledged or shown.
    void read_from(ServiceClient& service, const std::string& name, const std::string& path,
                   const JSONRequest& request, const Responder& respond);

    // Calls `read` once the view shows every write that this gateway has acknowledged, and what
    // ?min_index= asks for; answers 503 when that takes too long.
    void when_current(const JSONRequest& request, const Responder& respond,
                      std::function<Response()> read);

    Response tagged(const Headers& has, bool lean, std::uint64_t index, std::uint32_t n,
                    const std::function<Response()>& render) const;

    Parts parts_;
};

}  // namespace gavel::gateway
