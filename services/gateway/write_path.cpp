#include "services/gateway/write_path.h"

#include <algorithm>
#include <charconv>

#include "common/http/forwarding.h"
#include "common/json/json_text.h"
#include "common/limits.h"

namespace gavel::gateway {
namespace {

std::string auction_path(std::uint64_t auction_id, const char* rest) {
    return "/auctions/" + std::to_string(auction_id) + rest;
}

std::uint64_t index_of(const Response& answer) {
    std::uint64_t index = 0;
    if (const auto text = answer.headers.find("Gavel-Index")) {
        std::from_chars(text->data(), text->data() + text->size(), index);
    }
    return index;
}

// What a client is told in front of several nodes, where 503 says that nothing was done.
Response passed_back_by_cluster(ServiceResult result, const std::string& service) {
    if (result.failure != ServiceFailure::lost) return passed_back(std::move(result), service);
    return JSONResponse::error(
        504, "the connection to the " + service + " was lost; the request may have taken effect");
}

}  // namespace

WritePath::WritePath(ServiceClient& auctions, ServiceClient& bidding,
                     std::optional<std::uint64_t> session, TransactionPath* transactions)
    : auctions_(auctions), bidding_(bidding), transactions_(transactions) {
    if (session) session_.emplace(*session);
}

void WritePath::create(const JSONRequest& request, std::string body, Callback callback) {
    if (transactions_ != nullptr) {
        transactions_->create(request, body, acknowledging(std::move(callback)));
        return;
    }
    send(auctions_, "auction service", request, "/auctions", std::move(body), std::move(callback));
}

void WritePath::close(const JSONRequest& request, std::uint64_t auction_id, Callback callback) {
    if (transactions_ != nullptr) {
        transactions_->close(request, auction_id, acknowledging(std::move(callback)));
        return;
    }
    send(auctions_, "auction service", request, auction_path(auction_id, "/close"), {},
         std::move(callback));
}

void WritePath::bid(const JSONRequest& request, std::uint64_t auction_id,
                    const contract::BidInput& bid, Callback callback) {
    std::string body = R"({"bidder":)";
    append_json_string(body, bid.bidder);
    body += bid.is_maximum ? R"(,"max_amount":)" : R"(,"amount":)";
    // The original's gateway made every amount a float, and its clients see that.
    append_json_money(body, {bid.amount.units, Money::Notation::decimal});
    body += '}';
    send(bidding_, "bidding service", request, auction_path(auction_id, "/bid"), std::move(body),
         std::move(callback));
}

void WritePath::ask(const JSONRequest& request, std::uint64_t auction_id, const std::string& action,
                    const std::string& bidder, Callback callback) {
    std::string body = R"({"bidder":)";
    append_json_string(body, bidder);
    body += '}';
    send(auctions_, "auction service", request, auction_path(auction_id, ("/" + action).c_str()),
         std::move(body), std::move(callback));
}

void WritePath::bulk(const JSONRequest& request, std::uint64_t auction_id, std::string body,
                     Callback callback) {
    send(bidding_, "bidding service", request, auction_path(auction_id, "/bids/bulk"),
         std::move(body), std::move(callback));
}

WritePath::Callback WritePath::acknowledging(Callback callback) {
    return [this, alive = alive_, callback = std::move(callback)](Response answer) {
        if (*alive) acknowledged_index_ = std::max(acknowledged_index_, index_of(answer));
        callback(std::move(answer));
    };
}

void WritePath::send(ServiceClient& client, const std::string& service, const JSONRequest& request,
                     std::string target, std::string body, Callback callback) {
    ServiceRequest outgoing = forwarded(request, std::move(target), std::move(body));
    outgoing.method = "POST";
    // The bidding service waits for the cluster itself.
    if (session_ && &client == &bidding_) outgoing.timeout_ms = limits::behind_cluster_timeout_ms;
    const auto serial = begin_in_session(request, outgoing);
    client.send(std::move(outgoing),
                [this, alive = alive_, service, serial, clustered = session_.has_value(),
                 callback = std::move(callback)](ServiceResult result) {
                    Response answer = clustered ? passed_back_by_cluster(std::move(result), service)
                                                : passed_back(std::move(result), service);
                    if (*alive) {
                        acknowledged_index_ = std::max(acknowledged_index_, index_of(answer));
                        if (serial) session_->end(*serial);
                    }
                    callback(std::move(answer));
                });
}

std::optional<std::uint64_t> WritePath::begin_in_session(const JSONRequest& request,
                                                         ServiceRequest& outgoing) {
    if (!session_ || request.header("Idempotency-Key")) return std::nullopt;
    const auto serial = session_->begin();
    outgoing.headers.set(session_header, session_->header_for(serial));
    outgoing.repeatable = true;
    return serial;
}

}  // namespace gavel::gateway
