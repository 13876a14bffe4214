#include "services/gateway/gateway_handler.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/contract/bid_input.h"
#include "common/contract/input.h"
#include "common/http/entity_tag.h"
#include "common/http/forwarding.h"
#include "common/http/http_error.h"
#include "common/http/problem_details.h"
#include "common/http/unchanged_since.h"
#include "common/json/json_text.h"
#include "common/limits.h"
#include "services/gateway/auction_list.h"
#include "services/gateway/openapi_document.h"
#include "services/gateway/write_condition.h"

namespace gavel::gateway {
namespace {

constexpr std::uint64_t any_index = ~0ULL;

std::uint64_t auction_id_of(const JSONRequest& request) {
    const auto id = contract::parse_auction_id(request.path_parameter("auction_id"));
    if (!id) throw HTTPError(404, "auction not found");
    return *id;
}

// Where a reader of the stream was: the header wins over the query, since a browser that
// reconnects sends a newer header with its old URL.
std::optional<StreamEventId> last_event_of(const JSONRequest& request) {
    if (const auto header = request.header("Last-Event-ID")) {
        return StreamEventId::parse(*header);
    }
    if (const auto query = request.query("last_event_id")) return StreamEventId::parse(*query);
    return std::nullopt;
}

// Off unless it is 1.
bool read_switch(const JSONRequest& request, const std::string& name) {
    const auto text = request.query(name);
    if (text && *text != "0" && *text != "1") throw bad_request(name + " must be 0 or 1");
    return text == "1";
}

// What a later answer needs to know of what the reader has.
Headers tags_of(const JSONRequest& request) {
    Headers kept;
    if (const auto tags = request.header("If-None-Match")) {
        kept.add("If-None-Match", std::string(*tags));
    }
    return kept;
}

}  // namespace

GatewayHandler::GatewayHandler(const Parts& parts) : JSONRequestHandler("gateway"), parts_(parts) {
    route("POST", "/api/auctions", &GatewayHandler::create_auction);
    route("GET", "/api/auctions", &GatewayHandler::list_auctions);
    route("GET", "/api/auctions/<auction_id>", &GatewayHandler::get_auction);
    route("POST", "/api/auctions/<auction_id>/bid", &GatewayHandler::place_bid);
    route("POST", "/api/auctions/<auction_id>/bids/bulk", &GatewayHandler::place_bids);
    route("POST", "/api/auctions/<auction_id>/buy_now", &GatewayHandler::buy_now);
    route("POST", "/api/auctions/<auction_id>/retract", &GatewayHandler::retract_bids);
    route("POST", "/api/auctions/<auction_id>/close", &GatewayHandler::close_auction);
    route("POST", "/api/auctions/<auction_id>/cancel", &GatewayHandler::cancel_auction);
    route("GET", "/api/auctions/<auction_id>/proof", &GatewayHandler::read_proof);
    route("GET", "/api/log/head", &GatewayHandler::read_heads);
    route("GET", "/api/log/heads", &GatewayHandler::list_daily_heads);
    route("GET", "/api/log/heads/<day>", &GatewayHandler::read_daily_heads);
    route("GET", "/api/history", &GatewayHandler::read_history);
    route("GET", "/api/transactions", &GatewayHandler::read_transactions);
    route("GET", "/api/notifications", &GatewayHandler::read_notifications);
    route("POST", "/api/webhooks", &GatewayHandler::ask_webhooks);
    route("GET", "/api/webhooks", &GatewayHandler::ask_webhooks);
    route("DELETE", "/api/webhooks/<webhook_id>", &GatewayHandler::ask_webhooks);
    route("GET", "/api/cluster", &GatewayHandler::read_cluster);
    route("GET", "/api/status", &GatewayHandler::read_status);
    route("GET", "/api/updates/stream", &GatewayHandler::stream_updates);
    route("GET", "/openapi.json", &GatewayHandler::describe);
    route("GET", "/livez", &GatewayHandler::live);
    route("GET", "/readyz", &GatewayHandler::ready);
}

void GatewayHandler::handle_unmatched(const JSONRequest& request, const Responder& respond) const {
    parts_.go_dialect.handle(request, respond);
}

void GatewayHandler::create_auction(const JSONRequest& request, const Responder& respond) {
    const auto& object = request.object();
    contract::read_duration_seconds(object);
    contract::read_name(object);
    contract::read_starting_bid(object);
    contract::read_description(object);
    if (const auto seller = object.find("seller"); seller != object.end() && seller->is_string()) {
        check_seller(request, seller->get<std::string>(), "an auction with a seller");
    }
    parts_.writes.create(request, request.body(), respond);
}

void GatewayHandler::place_bid(const JSONRequest& request, const Responder& respond) {
    if (has_condition(request)) return write_if_unchanged(request, respond);
    const contract::BidInput bid = contract::read_bid(request);
    const auto id = auction_id_of(request);
    parts_.writes.bid(request, id, bid,
                      wants_problem(request.headers()) ? explaining(id, respond) : respond);
}

Responder GatewayHandler::explaining(std::uint64_t auction_id, const Responder& respond) const {
    return Responder([this, auction_id, respond](Response response) {
        const auto* auction = parts_.view.find(auction_id);
        if (response.status == 409 && auction != nullptr && response.body.ends_with('}')) {
            response.body.pop_back();
            response.body += R"(,"current_bid":)";
            append_json_money(response.body, auction->price(auction->current().bid_count));
            response.body += R"(,"closing_time":)";
            append_json_seconds(response.body, auction->closing_time_us());
            response.body += '}';
        }
        respond(std::move(response));
    });
}

// The same request again, with a condition that the log's owner can keep.
void GatewayHandler::write_if_unchanged(const JSONRequest& request,
                                        const Responder& respond) const {
    const auto id = contract::parse_auction_id(request.path_parameter("auction_id")).value_or(0);
    const auto since = unchanged_since(*request.header("If-Match"), parts_.view, id);
    JSONRequest conditional = request;
    conditional.headers().remove("If-Match");
    conditional.headers().set(unchanged_since_header, std::to_string(since));
    handle(std::move(conditional), respond);
}

void GatewayHandler::buy_now(const JSONRequest& request, const Responder& respond) {
    if (has_condition(request)) return write_if_unchanged(request, respond);
    const std::string bidder = contract::read_bidder(request.object());
    parts_.writes.ask(request, auction_id_of(request), "buy_now", bidder, respond);
}

void GatewayHandler::retract_bids(const JSONRequest& request, const Responder& respond) {
    if (has_condition(request)) return write_if_unchanged(request, respond);
    const std::string bidder = contract::read_bidder(request.object());
    parts_.writes.ask(request, auction_id_of(request), "retract", bidder, respond);
}

void GatewayHandler::place_bids(const JSONRequest& request, const Responder& respond) {
    if (has_condition(request)) return write_if_unchanged(request, respond);
    contract::read_bulk_bids(request.object());
    // An id that cannot be one is unknown: each bid of the list is told so.
    const auto id = contract::parse_auction_id(request.path_parameter("auction_id"));
    parts_.writes.bulk(request, id.value_or(0), request.body(), respond);
}

void GatewayHandler::close_auction(const JSONRequest& request, const Responder& respond) {
    if (has_condition(request)) return write_if_unchanged(request, respond);
    const std::uint64_t id = auction_id_of(request);
    if (parts_.identity.knows_bidders()) {
        check_seller(request, seller_of(id), "closing a seller's auction");
    }
    parts_.writes.close(request, id, respond);
}

void GatewayHandler::cancel_auction(const JSONRequest& request, const Responder& respond) {
    if (has_condition(request)) return write_if_unchanged(request, respond);
    if (auto refusal = parts_.identity.operators().refusal(request)) {
        respond(std::move(*refusal));
        return;
    }
    parts_.writes.ask(request, auction_id_of(request), "cancel", "", respond);
}

void GatewayHandler::check_seller(const JSONRequest& request, const std::string& seller,
                                  const std::string& what) const {
    if (seller.empty() || parts_.identity.is_operator(request)) return;
    parts_.identity.require(parts_.identity.bidder(request), seller, what);
}

std::string GatewayHandler::seller_of(std::uint64_t auction_id) const {
    const auto* auction = parts_.view.find(auction_id);
    if (auction == nullptr || !auction->has_rules()) return "";
    std::string shown;
    auction->append_json(shown, auction->current(), true);
    return nlohmann::json::parse(shown).value("seller", "");
}

void GatewayHandler::when_current(const JSONRequest& request, const Responder& respond,
                                  std::function<Response()> read) {
    const auto wanted = request.query_number("min_index", any_index).value_or(0);
    const auto index = std::max(wanted, parts_.writes.acknowledged_index());
    parts_.view.when_reached(index, [this, respond, read = std::move(read)](bool reached) {
        if (!reached) {
            respond(JSONResponse::unavailable("the gateway is catching up, try again"));
            return;
        }
        Response answer = read();
        answer.headers.set("Gavel-Index", std::to_string(parts_.view.index()));
        respond(std::move(answer));
    });
}

void GatewayHandler::list_auctions(const JSONRequest& request, const Responder& respond) {
    const auto wish = AuctionListWish::read(request);
    when_current(request, respond, [this, wish, has = tags_of(request)]() -> Response {
        const auto& view = parts_.view;
        return tagged(has, wish.lean, view.last_event_index(), view.last_event_n(),
                      [&] { return list_answer(parts_.scheduler, view, wish); });
    });
}

void GatewayHandler::get_auction(const JSONRequest& request, const Responder& respond) {
    when_current(request, respond,
                 [this, id = auction_id_of(request), lean = contract::read_lean(request),
                  has = tags_of(request)]() -> Response {
                     const auto* entry = parts_.view.find_entry(id);
                     if (entry == nullptr) return JSONResponse::error(404, "auction not found");
                     return tagged(has, lean, entry->changed_index, entry->changed_n, [&] {
                         std::string body = R"({"auction":)";
                         entry->document.append_json(body, entry->document.current(), lean);
                         body += '}';
                         return JSONResponse::rendered(200, std::move(body));
                     });
                 });
}

// The answer with a tag that stays the same until the event with that number; 304 for a reader
// who has it.
Response GatewayHandler::tagged(const Headers& has, bool lean, std::uint64_t index, std::uint32_t n,
                                const std::function<Response()>& render) const {
    const std::string etag =
        '"' + event_id(parts_.view.log_id(), index, n) + (lean ? "-lean\"" : "\"");
    Response answer = has_current(has, etag) ? not_modified() : render();
    answer.headers.set("ETag", etag);
    answer.headers.set("Cache-Control", "no-cache");  // keep it, but ask before using it
    answer.headers.set("Vary", "Prefer");
    return answer;
}

void GatewayHandler::read_proof(const JSONRequest& request, const Responder& respond) {
    const std::string id = std::to_string(auction_id_of(request));
    read_from_book("/auctions/" + id + "/proof", request, respond);
}

void GatewayHandler::read_heads(const JSONRequest& request, const Responder& respond) {
    read_from_book("/log/head", request, respond);
}

void GatewayHandler::list_daily_heads(const JSONRequest& request, const Responder& respond) {
    constexpr std::uint64_t any = ~0ULL;  // the auction service says how many are too many
    const auto limit = request.query_number("limit", any);
    read_from_book("/log/heads", request, respond, limit ? "&limit=" + std::to_string(*limit) : "");
}

void GatewayHandler::read_daily_heads(const JSONRequest& request, const Responder& respond) {
    const std::string_view day = request.path_parameter("day");
    if (day.find_first_not_of("0123456789-") != std::string_view::npos) {
        throw bad_request("the day must be written as 2026-01-31");
    }
    read_from_book("/log/heads/" + std::string(day), request, respond);
}

// Of several nodes, as the leader has it: whoever holds a receipt must find it there.
void GatewayHandler::read_from_book(const std::string& path, const JSONRequest& request,
                                    const Responder& respond, const std::string& query) {
    parts_.auctions.send(forwarded(request, path + "?level=linearizable" + query, {}),
                         [respond](ServiceResult result) {
                             respond(passed_back(std::move(result), "auction service"));
                         });
}

void GatewayHandler::read_history(const JSONRequest& request, const Responder& respond) {
    read_from(parts_.history, "history service", "/events", request, respond);
}

void GatewayHandler::read_transactions(const JSONRequest& request, const Responder& respond) {
    if (parts_.transactions == nullptr) {
        respond(JSONResponse::rendered(200, R"({"transactions":[]})"));
    } else {
        parts_.transactions->read_newest(request, respond);
    }
}

void GatewayHandler::read_notifications(const JSONRequest& request, const Responder& respond) {
    if (parts_.notifier == nullptr) throw HTTPError(404, "there is no notifier service");
    read_from(*parts_.notifier, "notifier service", "/notifications", request, respond);
}

void GatewayHandler::ask_webhooks(const JSONRequest& request, const Responder& respond) {
    if (auto refusal = parts_.identity.operators().refusal(request)) {
        respond(std::move(*refusal));
        return;
    }
    if (parts_.notifier == nullptr) throw HTTPError(404, "there is no notifier service");
    constexpr std::size_t prefix = std::string_view("/api").size();
    parts_.notifier->send(forwarded(request, request.target().substr(prefix), request.body()),
                          [respond](ServiceResult result) {
                              respond(passed_back(std::move(result), "notifier service"));
                          });
}

void GatewayHandler::read_from(ServiceClient& service, const std::string& name,
                               const std::string& path, const JSONRequest& request,
                               const Responder& respond) {
    // Shown on its streams, for example.
    const auto wanted = request.query_number("min_index", any_index).value_or(0);
    const auto index = std::max({wanted, parts_.writes.acknowledged_index(), parts_.view.index()});
    // The first parameter of a name counts, so ours goes before the client's.
    std::string target = path + "?min_index=" + std::to_string(index);
    const auto mark = request.target().find('?');
    if (mark != std::string::npos) target += "&" + request.target().substr(mark + 1);
    service.send(forwarded(request, std::move(target), {}), [respond, name](ServiceResult result) {
        respond(passed_back(std::move(result), name));
    });
}

void GatewayHandler::read_cluster(const JSONRequest&, const Responder& respond) {
    parts_.cluster.read(respond);
}

void GatewayHandler::read_status(const JSONRequest&, const Responder& respond) {
    parts_.status.read(respond);
}

Response GatewayHandler::stream_updates(const JSONRequest& request) {
    EventHub::Subscription subscription;
    subscription.last_event = last_event_of(request);
    if (const auto text = request.query("auction_id")) {
        const auto id = contract::parse_auction_id(*text);
        if (!id) throw bad_request("auction_id must be an auction's id");
        subscription.shape.auction_id = *id;
    }
    subscription.shape.lean = read_switch(request, "lean");
    subscription.shape.notices = read_switch(request, "notices");
    if (!parts_.view.caught_up()) {
        return JSONResponse::unavailable("the gateway is catching up, try again");
    }
    if (parts_.hub.full()) {
        return JSONResponse::unavailable("too many subscribers, try again later", 5);
    }
    return StreamingResponse([&hub = parts_.hub, subscription](std::shared_ptr<StreamSink> sink) {
        hub.subscribe(std::move(sink), subscription);
    });
}

Response GatewayHandler::describe(const JSONRequest&) {
    return JSONResponse::rendered(200, openapi_document());
}

Response GatewayHandler::live(const JSONRequest&) {
    return JSONResponse::rendered(200, R"({"status":"ok"})");
}

Response GatewayHandler::ready(const JSONRequest&) {
    if (!parts_.view.caught_up() || !parts_.connected()) {
        return JSONResponse::unavailable("the auction service's feed is not being followed");
    }
    return JSONResponse::rendered(
        200, R"({"status":"ready","index":)" + std::to_string(parts_.view.index()) + "}");
}

}  // namespace gavel::gateway
