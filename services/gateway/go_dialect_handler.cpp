#include "services/gateway/go_dialect_handler.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "common/contract/input.h"
#include "common/http/forwarding.h"
#include "common/http/http_error.h"
#include "common/limits.h"

namespace gavel::gateway {
namespace {

using nlohmann::json;

constexpr std::int64_t default_duration_seconds = 60;

// A refusal in this dialect.
Response refused(const std::string& message) {
    return JSONResponse(200, json{{"message", message}});
}

json object_field(const JSONRequest& request, const char* name) {
    const auto& object = request.object();
    const auto found = object.find(name);
    return found != object.end() && found->is_object() ? *found : json::object();
}

std::string text_field(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The original's auction, from ours.
json go_auction(const json& auction) {
    json told = json::object();
    for (const char* name : {"id", "name", "description", "starting_bid", "current_bid",
                             "highest_bidder", "duration_seconds"}) {
        const auto& value = auction.at(name);
        const bool empty = value.is_null() || value == "" || value == 0;
        if (!empty) told[name] = value;
    }
    told["status"] = auction.at("status") == "OPEN" ? "OPEN" : "CLOSED";
    const auto closing_time = static_cast<std::int64_t>(auction.at("closing_time").get<double>());
    if (closing_time != 0) told["closing_time"] = closing_time;
    return told;
}

// A service behind us, or a proxy before it, answered what it never should.
Response unreadable() {
    return JSONResponse::error(502, "a service gave an answer that cannot be read");
}

// What the REST answer to a write says, in this dialect. Throws json::exception when the answer
// is none.
Response translation_of(const Response& answer) {
    const json body = json::parse(answer.body, nullptr, false);
    if (answer.status < 300) {
        return JSONResponse(200, json{{"ok", true}, {"auction", go_auction(body.at("auction"))}});
    }
    if (answer.status == 404) return refused("auction not found");
    if (answer.status == 409) {
        return refused(body.contains("error") ? "auction is not open" : "bid must exceed current");
    }
    if (answer.status == 400 && body.contains("error")) {
        return refused(body.at("error").get<std::string>());
    }
    return answer;  // 422, 503 and the like mean the same in every dialect
}

Response translated(const Response& answer) {
    try {
        return translation_of(answer);
    } catch (const json::exception&) {
        return unreadable();
    }
}

// The request as the write path passes it on: always without the bids, which this dialect
// does not tell.
JSONRequest lean(const JSONRequest& request) {
    JSONRequest copy = request;
    copy.headers().set("Prefer", "return=minimal");
    return copy;
}

std::string go_type(const std::string& type) {
    if (type == "created") return "auction_created";
    if (type == "bid") return "bid_placed";
    return "auction_closed";
}

Money amount_of(const json& event) {
    const auto& amount = event.at("amount");
    return amount.is_number() ? money_from_double(amount.get<double>()).money : Money{};
}

json go_event(const json& event) {
    const std::string type = event.at("event_type").get<std::string>();
    json told{{"auction_id", event.at("auction_id")},
              {"event_type", go_type(type)},
              {"payload", event.at("payload")},
              {"timestamp", event.at("timestamp")}};
    if (type == "bid") {
        told["payload"] = event.at("bidder").get<std::string>() + " bid $" +
                          format_two_decimals(amount_of(event));
    }
    return told;
}

// What the original's broadcaster noted beside each event.
json go_update(const json& event) {
    const std::string type = event.at("event_type").get<std::string>();
    std::string text = "Auction closed";
    if (type == "created") text = "Auction created: " + event.at("payload").get<std::string>();
    if (type == "bid") {
        text = "New highest bid $" + format_two_decimals(amount_of(event)) + " by " +
               event.at("bidder").get<std::string>();
    }
    return json{{"auction_id", event.at("auction_id")},
                {"event_type", "update"},
                {"payload", text},
                {"timestamp", event.at("timestamp")}};
}

// The history service's answer, in this dialect. Throws json::exception when it is none.
Response translated_history(const Response& answer) {
    json history = json::array();
    json broadcast = json::array();
    const json body = json::parse(answer.body, nullptr, false);
    for (const auto& event : body.at("events")) {
        if (event.at("id").is_null()) continue;  // noted by a REST client, unknown there
        history.push_back(go_event(event));
        broadcast.push_back(go_event(event));
        broadcast.push_back(go_update(event));
    }
    for (auto& event : broadcast) history.push_back(std::move(event));
    json told{{"ok", true}};
    if (!history.empty()) told["history"] = std::move(history);
    return JSONResponse(200, told);
}

}  // namespace

GoDialectHandler::GoDialectHandler(AuctionsView& view, WritePath& writes, ServiceClient& history)
    : JSONRequestHandler("gateway"), view_(view), writes_(writes), history_(history) {
    route("POST", "/auction.AuctionGateway/Execute", &GoDialectHandler::execute);
    route("POST", "/auction.AuctionGateway/GetHistory", &GoDialectHandler::get_history);
}

void GoDialectHandler::execute(const JSONRequest& request, const Responder& respond) {
    const std::string command = text_field(request.object(), "command");
    if (command == "create") {
        create(request, respond);
    } else if (command == "place_bid") {
        place_bid(request, respond);
    } else if (command == "close") {
        close(request, respond);
    } else if (command == "list") {
        list(respond);
    } else {
        respond(refused("unknown command"));
    }
}

void GoDialectHandler::create(const JSONRequest& request, const Responder& respond) {
    json auction = object_field(request, "auction");
    if (!request.object().contains("auction") || !request.object().at("auction").is_object()) {
        respond(refused("missing auction payload"));
        return;
    }
    if (text_field(auction, "name").empty()) {
        respond(refused("name is required"));
        return;
    }
    const auto starting_bid = auction.find("starting_bid");
    if (starting_bid == auction.end() || !starting_bid->is_number() || *starting_bid <= 0) {
        respond(refused("starting bid must be positive"));
        return;
    }
    const auto duration = auction.find("duration_seconds");
    if (duration == auction.end() || !duration->is_number() || *duration < 1) {
        auction["duration_seconds"] = default_duration_seconds;
    }
    try {
        contract::read_duration_seconds(auction);
        contract::read_name(auction);
        contract::read_starting_bid(auction);
        contract::read_description(auction);
    } catch (const HTTPError& refusal) {
        respond(refused(refusal.what()));
        return;
    }
    writes_.create(lean(request), auction.dump(),
                   [respond](const Response& answer) { respond(translated(answer)); });
}

void GoDialectHandler::place_bid(const JSONRequest& request, const Responder& respond) {
    const std::string id = text_field(object_field(request, "auction"), "id");
    if (id.empty()) {
        respond(refused("auction id required"));
        return;
    }
    const auto& object = request.object();
    const auto amount = object.find("bid_amount");
    if (amount == object.end() || !amount->is_number() || *amount <= 0) {
        respond(refused("bid must be positive"));
        return;
    }
    try {
        const std::string bidder = contract::read_bidder(object);
        const Money money = contract::read_amount(json{{"amount", *amount}});
        const auto auction_id = contract::parse_auction_id(id);
        if (!auction_id) throw HTTPError(404, "auction not found");
        writes_.bid(lean(request), *auction_id, {bidder, money},
                    [respond](const Response& answer) { respond(translated(answer)); });
    } catch (const HTTPError& refusal) {
        respond(refused(refusal.what()));
    }
}

void GoDialectHandler::close(const JSONRequest& request, const Responder& respond) {
    const std::string id = text_field(object_field(request, "auction"), "id");
    if (id.empty()) {
        respond(refused("auction id required"));
        return;
    }
    const auto auction_id = contract::parse_auction_id(id);
    if (!auction_id) {
        respond(refused("auction not found"));
        return;
    }
    writes_.close(lean(request), *auction_id,
                  [respond](const Response& answer) { respond(translated(answer)); });
}

void GoDialectHandler::list(const Responder& respond) {
    view_.when_reached(writes_.acknowledged_index(), [this, respond](bool reached) {
        if (!reached) {
            respond(JSONResponse::unavailable("the gateway is catching up, try again"));
            return;
        }
        json auctions = json::array();
        for (const auto* auction : view_.auctions()) {
            std::string text;
            auction->append_json(text, auction->current(), true);
            auctions.push_back(go_auction(json::parse(text)));
        }
        json answer{{"ok", true}};
        if (!auctions.empty()) answer["auctions"] = std::move(auctions);
        respond(JSONResponse(200, answer));
    });
}

void GoDialectHandler::get_history(const JSONRequest& request, const Responder& respond) {
    ServiceRequest outgoing = forwarded(
        request, "/events?shape=full&min_index=" + std::to_string(writes_.acknowledged_index()),
        {});
    outgoing.method = "GET";
    history_.send(std::move(outgoing), [respond](ServiceResult result) {
        const Response answer = passed_back(std::move(result), "history service");
        if (answer.status != 200) {
            respond(answer);
            return;
        }
        try {
            respond(translated_history(answer));
        } catch (const json::exception&) {
            respond(unreadable());
        }
    });
}

}  // namespace gavel::gateway
