// Any JSON, or what looks like it, on every route: all services in one process, nothing on disk.
// Every request is answered, never with an internal error, in JSON, and the auctions stay right.
//
// An input is some requests with the byte 0xff between them, which no UTF-8 text has. Of each, the
// first byte chooses the route, the second how it is asked; the rest is the body, or for GET what
// stands behind the question mark.

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tests/fuzz/require.h"
#include "tests/gateway/platform.h"

namespace gavel::fuzz {
namespace {

constexpr std::size_t max_requests = 6;
constexpr int patience_rounds = 2'000;  // each may wait 200 us for the thread of the disk
constexpr std::int64_t round_ms = 50;   // of the time of the services: long polls end

struct Route {
    const char* service;
    const char* method;
    const char* target;  // {} is the id of an auction
};

constexpr std::array routes = {
    Route{"gateway", "POST", "/api/auctions"},
    Route{"gateway", "POST", "/api/auctions/{}/bid"},
    Route{"gateway", "POST", "/api/auctions/{}/bids/bulk"},
    Route{"gateway", "POST", "/api/auctions/{}/close"},
    Route{"gateway", "GET", "/api/auctions"},
    Route{"gateway", "GET", "/api/auctions/{}"},
    Route{"gateway", "GET", "/api/history"},
    Route{"gateway", "GET", "/api/cluster"},
    Route{"gateway", "GET", "/api/status"},
    Route{"gateway", "GET", "/api/updates/stream"},
    Route{"go_gateway", "POST", "/auction.AuctionGateway/Execute"},
    Route{"go_gateway", "POST", "/auction.AuctionGateway/GetHistory"},
    Route{"auction_service", "POST", "/auctions"},
    Route{"auction_service", "POST", "/auctions/{}/bid"},
    Route{"auction_service", "POST", "/auctions/{}/bids/bulk"},
    Route{"auction_service", "POST", "/auctions/{}/close"},
    Route{"auction_service", "GET", "/auctions"},
    Route{"auction_service", "GET", "/feed"},
    Route{"bidding_service", "POST", "/validate"},
    Route{"bidding_service", "POST", "/auctions/{}/bid"},
    Route{"bidding_service", "POST", "/auctions/{}/bids/bulk"},
    Route{"history_service", "POST", "/events"},
    Route{"history_service", "GET", "/events"},
    Route{"gateway", "GET", "/api/notifications"},
};

enum Asked : std::uint8_t {
    with_key = 1,     // an Idempotency-Key, the same for all requests of the input
    lean = 2,         // Prefer: return=minimal
    unknown_id = 4,   // an auction that is not there
    other_method = 8  // one that the route may not have
};

class Session {
  public:
    Session() {
        const auto created =
            ask("gateway", "POST", "/api/auctions", R"({"name":"Lot","starting_bid":10})", {});
        require(created->status() == 201, "an auction can be created");
        const auto auction = nlohmann::json::parse(created->body()).at("auction");
        auction_id_ = auction.at("id").get<std::string>();
    }

    void send(std::string_view request) {
        const auto number = request.empty() ? 0 : static_cast<std::uint8_t>(request[0]);
        const auto asked = request.size() < 2 ? 0 : static_cast<std::uint8_t>(request[1]);
        const std::string_view text = request.substr(std::min<std::size_t>(request.size(), 2));
        const Route& route = routes[number % routes.size()];
        std::string method = route.method;
        std::string target = target_of(route, (asked & unknown_id) != 0);
        const bool reads = method == "GET";
        if (reads) target += query(text);
        if ((asked & other_method) != 0) method = reads ? "POST" : "PUT";
        Headers headers;
        if ((asked & with_key) != 0) headers.set("Idempotency-Key", "key");
        if ((asked & lean) != 0) headers.set("Prefer", "return=minimal");
        const auto answer =
            ask(route.service, method, target, reads ? "" : std::string(text), headers);
        check(*answer, method + " " + target);
    }

    // The rules of an auction, whatever was asked.
    void check_auctions() {
        const auto answer = ask("gateway", "GET", "/api/auctions", {}, {});
        require(answer->status() == 200, "auctions can be listed");
        const auto listed = nlohmann::json::parse(answer->body());
        for (const auto& auction : listed.at("auctions")) {
            double price = auction.at("starting_bid");
            require(price > 0, "an auction starts above 0");
            for (const auto& bid : auction.at("bids")) {
                require(bid.at("amount") > price, "of two bids the later one is higher");
                require(bid.at("bidder") != "", "a bid has a bidder");
                price = bid.at("amount");
            }
            require(auction.at("current_bid") == price, "the price is that of the last bid");
        }
    }

  private:
    using Answer = gateway::Platform::Answer;

    std::string target_of(const Route& route, bool unknown) const {
        std::string target = route.target;
        const auto place = target.find("{}");
        if (place != std::string::npos) target.replace(place, 2, unknown ? "77" : auction_id_);
        return target;
    }

    // What the framing lets through: visible ASCII.
    static std::string query(std::string_view text) {
        std::string query = "?";
        for (const char c : text) query += c > ' ' && c < '\x7f' ? c : '+';
        return query;
    }

    Answer ask(const std::string& service, std::string method, std::string target, std::string body,
               Headers headers) {
        auto answer = testing::ask(platform_.handler(service), std::move(method), std::move(target),
                                   std::move(body), std::move(headers));
        for (int round = 0; round < patience_rounds && !answer->arrived; ++round) {
            platform_.scheduler.advance_with_threads_ms(round_ms);
        }
        require(answer->arrived, "every request is answered");
        return answer;
    }

    static void check(const testing::RecordedAnswer& answer, const std::string& request) {
        constexpr std::array allowed = {200, 201, 400, 404, 405, 409, 410, 422, 503};
        const bool known =
            std::find(allowed.begin(), allowed.end(), answer.status()) != allowed.end();
        require(known, request + " has no answer of " + std::to_string(answer.status()));
        if (answer.response.stream) return;
        const auto body = nlohmann::json::parse(answer.body(), nullptr, false);
        require(body.is_object(), request + " is answered with an object");
        if (answer.status() == 409 || answer.status() < 400) return;
        require(body.contains("error") && body["error"].is_string(), request + " tells its error");
    }

    gateway::Platform platform_;
    std::string auction_id_;
};

}  // namespace
}  // namespace gavel::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    gavel::fuzz::Session session;
    for (std::size_t number = 0; number < gavel::fuzz::max_requests && !rest.empty(); ++number) {
        const auto end = std::min(rest.find('\xff'), rest.size());
        session.send(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    session.check_auctions();
    return 0;
}
