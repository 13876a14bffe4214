#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http/json_request.h"
#include "common/http/service_client.h"
#include "services/gateway/auctions_view.h"
#include "services/gateway/write_session.h"

namespace gavel::gateway {

// The way of a create or close through two-phase commit: a coordinator has it done by all services
// or by none, and says at which index of the log. The answer is the auction as it was there,
// rendered from the gateway's own view, so clients see what they saw without a coordinator.
//
// Coordinators are asked in turn until one answers. Every request has a key, the client's or one of
// the gateway's own session, so asking twice does nothing twice. Loop thread only; borrows what it
// is given.
class TransactionPath {
  public:
    using Callback = std::function<void(Response)>;

    struct Options {
        std::string token;          // CLUSTER_TOKEN
        std::uint64_t session = 0;  // see WriteSession
    };

    // REQUIRES: there is a coordinator.
    TransactionPath(std::vector<ServiceClient*> coordinators, AuctionsView& view, Options options);
    ~TransactionPath() { *alive_ = false; }
    TransactionPath(const TransactionPath&) = delete;
    TransactionPath& operator=(const TransactionPath&) = delete;

    // `body` is what the client sent, a JSON object.
    void create(const JSONRequest& request, const std::string& body, Callback callback);
    void close(const JSONRequest& request, std::uint64_t auction_id, Callback callback);

    // {"transactions": [...]}: the newest, for the dashboard.
    void read_newest(const JSONRequest& request, Callback callback);

  private:
    struct Call;
    struct Closing {
        std::uint64_t auction_id = 0;
        std::optional<std::uint64_t> unchanged_since;  // that entry of the log, or nothing is done
    };
    using CallPointer = std::shared_ptr<Call>;

    // `closes`: nothing for a create.
    void begin(const JSONRequest& request, std::string payload, std::optional<Closing> closes,
               Callback callback);
    void ask(const CallPointer& call);
    void answered(const CallPointer& call, ServiceResult result);
    void finish(const CallPointer& call, Response answer);
    Response read(const Response& answer) const;
    bool is_over(std::uint64_t auction_id) const;
    bool has_changed(const Closing& closing) const;
    Response closed_already(const Call& call) const;
    static Response show(const Call& call, const contract::AuctionDocument& auction,
                         contract::AuctionDocument::Version version, std::uint64_t index);
    // The auction as it was at the index that a result or an answer names, once the view is there.
    void render(const CallPointer& call, const std::string& outcome, int tries_left);

    std::vector<ServiceClient*> coordinators_;
    std::size_t preferred_ = 0;
    AuctionsView& view_;
    const Options options_;
    WriteSession session_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::gateway
