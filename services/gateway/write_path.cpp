#include "services/gateway/write_path.h"

#include <algorithm>
#include <charconv>

#include "common/http/forwarding.h"
#include "common/json/json_text.h"

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

}  // namespace

void WritePath::create(const JSONRequest& request, std::string body, Callback callback) {
    send(auctions_, "auction service", request, "/auctions", std::move(body), std::move(callback));
}

void WritePath::close(const JSONRequest& request, std::uint64_t auction_id, Callback callback) {
    send(auctions_, "auction service", request, auction_path(auction_id, "/close"), {},
         std::move(callback));
}

void WritePath::bid(const JSONRequest& request, std::uint64_t auction_id, const std::string& bidder,
                    Money amount, Callback callback) {
    // The original's gateway made every amount a float, and its clients see that.
    amount.notation = Money::Notation::decimal;
    std::string body = R"({"bidder":)";
    append_json_string(body, bidder);
    body += R"(,"amount":)";
    append_json_money(body, amount);
    body += '}';
    send(bidding_, "bidding service", request, auction_path(auction_id, "/bid"), std::move(body),
         std::move(callback));
}

void WritePath::bulk(const JSONRequest& request, std::uint64_t auction_id, std::string body,
                     Callback callback) {
    send(bidding_, "bidding service", request, auction_path(auction_id, "/bids/bulk"),
         std::move(body), std::move(callback));
}

void WritePath::send(ServiceClient& client, const std::string& service, const JSONRequest& request,
                     std::string target, std::string body, Callback callback) {
    ServiceRequest outgoing = forwarded(request, std::move(target), std::move(body));
    outgoing.method = "POST";
    client.send(std::move(outgoing), [this, alive = alive_, service,
                                      callback = std::move(callback)](ServiceResult result) {
        Response answer = passed_back(std::move(result), service);
        if (*alive) {
            acknowledged_index_ = std::max(acknowledged_index_, index_of(answer));
        }
        callback(std::move(answer));
    });
}

}  // namespace gavel::gateway
