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

#include "common/http/problem_details.h"
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
    Route{"gateway", "POST", "/api/auctions/{}/buy_now"},
    Route{"gateway", "POST", "/api/auctions/{}/retract"},
    Route{"gateway", "POST", "/api/auctions/{}/cancel"},
    Route{"gateway", "GET", "/api/auctions/{}/proof"},
    Route{"gateway", "GET", "/api/log/head"},
    Route{"gateway", "GET", "/api/log/heads"},
    Route{"gateway", "GET", "/api/log/heads/2023-11-14"},
    Route{"gateway", "GET", "/api/transactions"},
    Route{"gateway", "POST", "/api/webhooks"},
    Route{"gateway", "GET", "/api/webhooks"},
    Route{"gateway", "DELETE", "/api/webhooks/{}"},
    Route{"auction_service", "GET", "/auctions/{}"},
    Route{"auction_service", "POST", "/auctions/{}/buy_now"},
    Route{"auction_service", "POST", "/auctions/{}/retract"},
    Route{"auction_service", "POST", "/auctions/{}/cancel"},
    Route{"auction_service", "GET", "/auctions/{}/proof"},
    Route{"auction_service", "GET", "/log/heads"},
    Route{"notifier_service", "GET", "/notifications"},
    Route{"notifier_service", "POST", "/webhooks"},
    Route{"notifier_service", "GET", "/webhooks"},
    Route{"notifier_service", "DELETE", "/webhooks/{}"},
};

enum Asked : std::uint8_t {
    with_key = 1,      // an Idempotency-Key, the same for all requests of the input
    lean = 2,          // Prefer: return=minimal
    unknown_id = 4,    // an auction that is not there
    other_method = 8,  // one that the route may not have
    newest = 16,       // the auction that was created last
    conditional = 32,  // on the first auction's ETag as it was in the beginning
    operators = 64,    // from the machine itself
};

class Session {
  public:
    Session() {
        const auto created =
            ask("gateway", "POST", "/api/auctions", R"({"name":"Lot","starting_bid":10})", {});
        require(created->status() == 201, "an auction can be created");
        note_created(*created);
        first_id_ = newest_id_;
        const auto read = ask("gateway", "GET", "/api/auctions/" + first_id_, {}, {});
        tag_ = read->header("ETag");
        require(!tag_.empty(), "an auction has an ETag");
    }

    void send(std::string_view request) {
        const auto number = request.empty() ? 0 : static_cast<std::uint8_t>(request[0]);
        const auto asked = request.size() < 2 ? 0 : static_cast<std::uint8_t>(request[1]);
        const std::string_view text = request.substr(std::min<std::size_t>(request.size(), 2));
        const Route& route = routes[number % routes.size()];
        std::string method = route.method;
        std::string target = target_of(route, asked);
        const bool reads = method == "GET";
        if (reads) target += query(text);
        if ((asked & other_method) != 0) method = reads ? "POST" : "PUT";
        Headers headers;
        if ((asked & with_key) != 0) headers.set("Idempotency-Key", "key");
        if ((asked & lean) != 0) headers.set("Prefer", "return=minimal");
        if ((asked & conditional) != 0) headers.set(reads ? "If-None-Match" : "If-Match", tag_);
        if ((asked & operators) != 0) headers.set("Host", "localhost");
        const auto answer = ask(route.service, method, target, reads ? "" : std::string(text),
                                headers, (asked & operators) != 0 ? "127.0.0.1" : "");
        check(*answer, method + " " + target);
        if (answer->status() == 201) note_created(*answer);
    }

    // The rules of an auction, whatever was asked.
    void check_auctions() {
        const auto answer = ask("gateway", "GET", "/api/auctions", {}, {});
        require(answer->status() == 200, "auctions can be listed");
        const auto listed = nlohmann::json::parse(answer->body());
        for (const auto& auction : listed.at("auctions")) {
            require(auction.at("starting_bid") > 0, "an auction starts above 0");
            if (auction.contains("state")) {
                check_outcome(auction);
                continue;
            }
            double price = auction.at("starting_bid");
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

    // Of one with rules; what its bids are to each other depends on them.
    static void check_outcome(const nlohmann::json& auction) {
        const bool over = auction.at("status") != "OPEN";
        require(auction.contains("outcome") == over, "what is over has an outcome, and only that");
        const bool sold = over && auction.at("outcome") == "SOLD";
        require(auction.contains("winner") == sold, "what is sold has a winner, and only that");
        require(!sold || auction.at("winner") != "", "a winner has a name");
        require(!sold || auction.at("price") > 0, "what is sold has a price");
    }

    // The newest auction, when it was one that was created.
    void note_created(const testing::RecordedAnswer& answer) {
        const auto body = nlohmann::json::parse(answer.body());
        if (body.contains("auction")) newest_id_ = body.at("auction").at("id");
    }

    std::string target_of(const Route& route, int asked) const {
        std::string target = route.target;
        const auto place = target.find("{}");
        if (place == std::string::npos) return target;
        const std::string& known = (asked & newest) != 0 ? newest_id_ : first_id_;
        return target.replace(place, 2, (asked & unknown_id) != 0 ? "77" : known);
    }

    // What the framing lets through: visible ASCII.
    static std::string query(std::string_view text) {
        std::string query = "?";
        for (const char c : text) query += c > ' ' && c < '\x7f' ? c : '+';
        return query;
    }

    Answer ask(const std::string& service, std::string method, std::string target, std::string body,
               Headers headers, const std::string& peer = {}) {
        JSONRequest request(std::move(method), std::move(target), std::move(body),
                            std::move(headers));
        request.set_peer(peer);
        auto answer = testing::ask(platform_.handler(service), std::move(request));
        for (int round = 0; round < patience_rounds && !answer->arrived; ++round) {
            platform_.scheduler.advance_with_threads_ms(round_ms);
        }
        require(answer->arrived, "every request is answered");
        return answer;
    }

    static void check(const testing::RecordedAnswer& answer, const std::string& request) {
        constexpr std::array allowed = {200, 201, 304, 400, 401, 403, 404,
                                        405, 409, 410, 412, 422, 503};
        const bool known =
            std::find(allowed.begin(), allowed.end(), answer.status()) != allowed.end();
        require(known, request + " has no answer of " + std::to_string(answer.status()));
        const std::string type = answer.header("Content-Type");
        const bool json = type.empty() || type == "application/json";
        if (answer.response.stream || (answer.status() < 400 && !json)) return;
        if (answer.status() == 304) return require(answer.body().empty(), "304 has no body");
        const auto body = nlohmann::json::parse(answer.body(), nullptr, false);
        require(body.is_object(), request + " is answered with an object");
        if (answer.status() == 409 || answer.status() < 400) return;
        require(body.contains("error") && body["error"].is_string(), request + " tells its error");
        check_problem(answer.response, body["error"]);
    }

    // The same refusal for who wants RFC 9457.
    static void check_problem(Response response, const std::string& error) {
        make_problem(response, "fuzz", 0);
        const auto problem = nlohmann::json::parse(response.body, nullptr, false);
        require(problem.is_object(), "a problem is an object");
        require(problem.value("detail", "") == error, "a problem says what the error says");
        require(problem.value("status", 0) == response.status, "a problem has its status");
    }

    gateway::Platform platform_;
    std::string first_id_;
    std::string newest_id_;
    std::string tag_;
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
