#include "services/bidding/bidding_handler.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/contract/bid_input.h"
#include "common/contract/input.h"
#include "common/http/forwarding.h"
#include "common/http/http_error.h"
#include "common/http/unchanged_since.h"
#include "common/json/json_text.h"
#include "services/bidding/admission.h"
#include "services/bidding/bid_rules.h"

namespace gavel::bidding {
namespace {

constexpr const char* key_header = "Idempotency-Key";

// The first answer to what may have been sent before is known to the auction service alone: a
// retry of an accepted bid is beaten by its own price. So is whether a condition of the bid holds.
bool is_for_the_log_owner(const JSONRequest& request) {
    return request.header(key_header) || request.header(unchanged_since_header) ||
           (request.header(session_header) && request.header(repeat_header));
}

// A number or numeric text; 0 when it is missing. Money has no say here: /validate compares
// whatever it is given.
double read_number(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return 0;
    if (found->is_number()) return found->get<double>();
    if (found->is_string()) {
        if (const auto number = parse_python_float(found->get_ref<const std::string&>())) {
            return *number;
        }
    }
    throw bad_request(std::string(name) + " must be numeric");
}

std::string read_bidder_or_nothing(const nlohmann::json& object) {
    const auto found = object.find("bidder");
    if (found == object.end() || found->is_null()) return "";
    if (!found->is_string()) throw bad_request("bidder must be text");
    return found->get<std::string>();
}

JSONResponse render(int status, const Verdict& verdict) {
    std::string text = verdict.ok ? R"({"ok":true,"message":)" : R"({"ok":false,"message":)";
    append_json_string(text, verdict.message);
    text += '}';
    return JSONResponse::rendered(status, std::move(text));
}

// The amount of a bid that is in order; nothing for one that the auction service will refuse, in
// its own words.
std::optional<Money> read_bid_amount(const JSONRequest& request) {
    try {
        const auto bid = contract::read_bid(request);
        return bid.is_maximum ? std::nullopt : std::optional(bid.amount);
    } catch (const HTTPError&) {
        return std::nullopt;
    }
}

}  // namespace

BiddingHandler::BiddingHandler(ServiceClient& auctions, const PriceBoard& board,
                               std::function<bool()> connected)
    : JSONRequestHandler("bidding_service"),
      auctions_(auctions),
      board_(board),
      connected_(std::move(connected)) {
    route("POST", "/validate", &BiddingHandler::validate_bid);
    route("POST", "/auctions/<auction_id>/bid", &BiddingHandler::place_bid);
    route("POST", "/auctions/<auction_id>/bids/bulk", &BiddingHandler::place_bids);
    route("GET", "/livez", &BiddingHandler::livez);
    route("GET", "/readyz", &BiddingHandler::readyz);
}

JSONResponse BiddingHandler::validate_bid(const JSONRequest& request) {
    const auto& object = request.object();
    const double amount = read_number(object, "amount");
    const double current_bid = read_number(object, "current_bid");
    return render(200, validate(amount, current_bid, read_bidder_or_nothing(object)));
}

void BiddingHandler::place_bid(const JSONRequest& request, const Responder& respond) {
    if (auto refusal = screen(request)) {
        refusal->headers.set("Gavel-Index", std::to_string(board_.index()));
        respond(std::move(*refusal));
    } else {
        forward(request, respond);
    }
}

void BiddingHandler::place_bids(const JSONRequest& request, const Responder& respond) {
    forward(request, respond);
}

std::optional<JSONResponse> BiddingHandler::screen(const JSONRequest& request) {
    if (is_for_the_log_owner(request) || !connected_()) return std::nullopt;
    const auto auction_id = contract::parse_auction_id(request.path_parameter("auction_id"));
    if (!auction_id) return std::nullopt;
    const auto known = board_.find(*auction_id);
    if (!known) return std::nullopt;
    const auto amount = read_bid_amount(request);
    if (!amount) return std::nullopt;
    const Admission admission = admit(known, *amount);
    ++screened_.at(static_cast<std::size_t>(admission));
    switch (admission) {
        case Admission::closed: return JSONResponse::error(409, "Closed manually");
        case Admission::ended: return JSONResponse::error(409, "Bid time ended");
        case Admission::too_low: return render(409, {false, "Bid must exceed current value"});
        case Admission::forward: break;
    }
    return std::nullopt;
}

void BiddingHandler::append_to(MetricsPage& page) const {
    const auto tell = [&](const char* reason, Admission admission) {
        page.counter("gavel_bids_screened_total", "Bids refused before they came to the book.",
                     {{"reason", reason}}, screened_.at(static_cast<std::size_t>(admission)));
    };
    tell("too_low", Admission::too_low);
    tell("closed", Admission::closed);
    tell("ended", Admission::ended);
}

void BiddingHandler::forward(const JSONRequest& request, const Responder& respond) {
    ServiceRequest outgoing = forwarded(request, request.target(), request.body());
    if (const auto session = request.header(session_header)) {
        outgoing.headers.set(session_header, std::string(*session));
        outgoing.repeatable = true;
    }
    auctions_.send(std::move(outgoing), [respond](ServiceResult result) {
        respond(passed_back(std::move(result), "auction service"));
    });
}

JSONResponse BiddingHandler::livez(const JSONRequest&) {
    return JSONResponse::rendered(200, R"({"status":"ok"})");
}

JSONResponse BiddingHandler::readyz(const JSONRequest&) {
    return JSONResponse::rendered(200, R"({"status":"ready","index":)" +
                                           std::to_string(board_.index()) + R"(,"connected":)" +
                                           (connected_() ? "true}" : "false}"));
}

}  // namespace gavel::bidding
