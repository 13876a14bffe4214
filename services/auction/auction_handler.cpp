#include "services/auction/auction_handler.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/contract/bid_input.h"
#include "common/contract/input.h"
#include "common/crypto/sha256.h"
#include "common/http/http_error.h"
#include "common/http/unchanged_since.h"
#include "common/json/json_text.h"
#include "common/limits.h"
#include "services/auction/auction_answers.h"
#include "services/auction/create_request.h"
#include "services/auction/idempotency.h"
#include "services/auction/json_members.h"
#include "services/auction/proof.h"
#include "services/auction/rules/limits.h"
#include "services/auction/utc_day.h"

namespace gavel::auction {
namespace {

constexpr std::uint64_t any_index = ~0ULL;

AuctionId auction_id_of(const JSONRequest& request) {
    const auto id = contract::parse_auction_id(request.path_parameter("auction_id"));
    if (!id) throw HTTPError(404, "auction not found");
    return *id;
}

// On a create it means nothing.
std::optional<std::uint64_t> unchanged_since(const JSONRequest& request) {
    if (request.path_parameter("auction_id").empty()) return std::nullopt;
    return read_unchanged_since(request);
}

PlaceBid read_bid(const JSONRequest& request) {
    PlaceBid bid;
    bid.auction_id = auction_id_of(request);
    try {
        auto read = contract::read_bid(request);
        bid.bidder = std::move(read.bidder);
        bid.amount = read.amount;
        bid.is_maximum = read.is_maximum;
    } catch (const HTTPError& refusal) {
        // The original has one sentence for both; what it did not know keeps its own.
        const std::string_view reason = refusal.what();
        if (reason == "bidder is required" || reason == "amount must be positive") {
            throw bad_request("invalid bid");
        }
        throw;
    }
    return bid;
}

BulkItem read_item(const nlohmann::json& item, PlaceBids& bids) {
    const auto object = item.is_object() ? item : nlohmann::json::object();
    const auto bidder = object.find("bidder");
    const auto amount = object.find("amount");
    BulkItem read;
    read.bidder_json = bidder != object.end() && bidder->is_string() ? bidder->dump() : "\"\"";
    read.amount_json = amount != object.end() ? amount->dump() : "null";
    try {
        auto bid = contract::read_bid(object);
        bid.amount.notation = Money::Notation::decimal;
        bids.offers.push_back({std::move(bid.bidder), bid.amount, bid.is_maximum});
    } catch (const HTTPError& refusal) {
        read.refusal = refusal.what();
    }
    return read;
}

// With terms there are secrets, and something to commit to them with.
CreateAuction read_new_auction(const JSONRequest& request) {
    CreateAuction create = read_create(request.object());
    if (create.terms) create.seed = random_bytes(limits::seed_bytes);
    return create;
}

}  // namespace

AuctionHandler::AuctionHandler(AuctionEngine& engine, Identity identity)
    : JSONRequestHandler("auction_service"), engine_(engine), identity_(std::move(identity)) {
    route("POST", "/auctions", &AuctionHandler::create_auction);
    route("GET", "/auctions", &AuctionHandler::list_auctions);
    route("GET", "/auctions/<auction_id>", &AuctionHandler::get_auction);
    route("POST", "/auctions/<auction_id>/bid", &AuctionHandler::place_bid);
    route("POST", "/auctions/<auction_id>/bids/bulk", &AuctionHandler::place_bids);
    route("POST", "/auctions/<auction_id>/buy_now", &AuctionHandler::buy_now);
    route("POST", "/auctions/<auction_id>/retract", &AuctionHandler::retract_bids);
    route("POST", "/auctions/<auction_id>/close", &AuctionHandler::close_auction);
    route("POST", "/auctions/<auction_id>/cancel", &AuctionHandler::cancel_auction);
    route("GET", "/auctions/<auction_id>/proof", &AuctionHandler::read_proof);
    route("GET", "/log/head", &AuctionHandler::read_heads);
    route("GET", "/log/heads", &AuctionHandler::list_daily_heads);
    route("GET", "/log/heads/<day>", &AuctionHandler::read_daily_heads);
    route("GET", "/feed", &AuctionHandler::read_feed);
    route("GET", "/livez", &AuctionHandler::live);
    route("GET", "/readyz", &AuctionHandler::ready);
}

AuctionHandler::~AuctionHandler() {
    *alive_ = false;
}

void AuctionHandler::create_auction(const JSONRequest& request, const Responder& respond) {
    submit(request,
           {.idempotency = read_idempotency(request),
            .session = read_session(request),
            .action = read_new_auction(request)},
           render_auction(request, 201), respond);
}

void AuctionHandler::place_bid(const JSONRequest& request, const Responder& respond) {
    submit(request,
           {.idempotency = read_idempotency(request),
            .session = read_session(request),
            .action = read_bid(request)},
           render_auction(request, 200), respond);
}

void AuctionHandler::buy_now(const JSONRequest& request, const Responder& respond) {
    const AuctionId id = auction_id_of(request);
    submit(request,
           {.idempotency = read_idempotency(request),
            .session = read_session(request),
            .action = BuyNow{id, contract::read_bidder(request.object())}},
           render_auction(request, 200), respond);
}

void AuctionHandler::retract_bids(const JSONRequest& request, const Responder& respond) {
    const AuctionId id = auction_id_of(request);
    submit(request,
           {.idempotency = read_idempotency(request),
            .session = read_session(request),
            .action = RetractBids{id, contract::read_bidder(request.object())}},
           render_auction(request, 200), respond);
}

void AuctionHandler::cancel_auction(const JSONRequest& request, const Responder& respond) {
    if (auto refusal = identity_.operators().refusal_behind_gateway(request)) {
        respond(std::move(*refusal));
        return;
    }
    submit(request,
           {.idempotency = read_idempotency(request),
            .session = read_session(request),
            .action = CancelAuction{auction_id_of(request)}},
           render_auction(request, 200), respond);
}

void AuctionHandler::close_auction(const JSONRequest& request, const Responder& respond) {
    submit(request,
           {.idempotency = read_idempotency(request),
            .session = read_session(request),
            .action = CloseAuction{auction_id_of(request)}},
           render_auction(request, 200), respond);
}

AuctionHandler::Render AuctionHandler::render_auction(const JSONRequest& request,
                                                      int success_status) const {
    return [this, success_status, lean = request.prefers_minimal()](const Outcome& outcome) {
        return answer_for(outcome, engine_.live().document(outcome.auction_id), success_status,
                          lean);
    };
}

void AuctionHandler::submit(const JSONRequest& request, Command command, const Render& render,
                            const Responder& respond) {
    command.caller = caller_of(request, command);
    if (const auto first = engine_.live().book().first_outcome(command)) {
        respond(answer(render, *first));
        return;
    }
    const bool counts = BidFigures::counts(command);
    Done done = [this, alive = alive_, counts, render, respond](Refusal refusal,
                                                                const Outcome* outcome) {
        if (counts && *alive) bids_.note(outcome);
        if (outcome == nullptr || !*alive) {
            respond(answer_for(refusal));
        } else {
            respond(answer(render, *outcome));
        }
    };
    if (const auto since = unchanged_since(request)) {
        engine_.submit_if({auction_id_of(request), *since}, std::move(command), std::move(done));
    } else {
        engine_.submit(std::move(command), std::move(done));
    }
}

void AuctionHandler::append_to(MetricsPage& page) const {
    bids_.append_to(page);
    page.gauge("gavel_log_index", "The last log entry that the book has applied.", {},
               static_cast<double>(engine_.live().book().last_index()));
}

// A name that is only said can be forged, so where bidders can prove theirs, what a forger could do
// harm with needs it: maximums, hidden bids, taking bids back, and what is the seller's.
std::optional<std::string> AuctionHandler::caller_of(const JSONRequest& request,
                                                     const Command& command) const {
    if (!identity_.knows_bidders() || identity_.is_operator(request)) return std::nullopt;
    auto caller = identity_.bidder(request);
    const auto check_bid = [&](AuctionId id, const std::string& bidder, bool is_maximum) {
        if (is_maximum) identity_.require(caller, bidder, "a maximum bid");
        if (is_sealed(id)) identity_.require(caller, bidder, "a hidden bid");
        Identity::refuse_other(caller, bidder);
    };
    if (const auto* create = std::get_if<CreateAuction>(&command.action)) {
        const std::string seller = create->terms ? create->terms->seller : "";
        if (!seller.empty()) identity_.require(caller, seller, "an auction with a seller");
    } else if (const auto* bid = std::get_if<PlaceBid>(&command.action)) {
        check_bid(bid->auction_id, bid->bidder, bid->is_maximum);
    } else if (const auto* bids = std::get_if<PlaceBids>(&command.action)) {
        for (const auto& offer : bids->offers) {
            check_bid(bids->auction_id, offer.bidder, offer.is_maximum);
        }
    } else if (const auto* purchase = std::get_if<BuyNow>(&command.action)) {
        Identity::refuse_other(caller, purchase->bidder);
    } else if (const auto* retraction = std::get_if<RetractBids>(&command.action)) {
        identity_.require(caller, retraction->bidder, "taking bids back");
    } else if (const auto* close = std::get_if<CloseAuction>(&command.action)) {
        const std::string seller = seller_of(close->auction_id);
        if (!seller.empty()) identity_.require(caller, seller, "closing a seller's auction");
    }
    return caller;
}

bool AuctionHandler::is_sealed(AuctionId id) const {
    const Auction* auction = engine_.live().book().find(id);
    return auction != nullptr && auction->proceedings != nullptr &&
           auction->proceedings->terms.is_sealed();
}

std::string AuctionHandler::seller_of(AuctionId id) const {
    const Auction* auction = engine_.live().book().find(id);
    const bool has_rules = auction != nullptr && auction->proceedings != nullptr;
    return has_rules ? auction->proceedings->terms.seller : "";
}

Response AuctionHandler::answer(const Render& render, const Outcome& outcome) const {
    Response response = render(outcome);
    if (const Receipt* receipt = engine_.live().receipt(outcome.index)) {
        response.headers.set("Gavel-Receipt", "index=" + std::to_string(receipt->index) +
                                                  ", time_us=" + std::to_string(receipt->time_us) +
                                                  ", hash=\"" + to_hex(bytes_of(receipt->hash)) +
                                                  '"');
    }
    return response;
}

void AuctionHandler::place_bids(const JSONRequest& request, const Responder& respond) {
    // An id that cannot be one is unknown: each bid of the list is told so.
    PlaceBids bids;
    bids.auction_id = contract::parse_auction_id(request.path_parameter("auction_id")).value_or(0);
    const auto& list = contract::read_bulk_bids(request.object());
    auto items = std::make_shared<std::vector<BulkItem>>();
    items->reserve(list.size());
    for (const auto& item : list) items->push_back(read_item(item, bids));
    submit(
        request,
        {.idempotency = read_idempotency(request),
         .session = read_session(request),
         .action = std::move(bids)},
        [this, items, lean = request.prefers_minimal()](const Outcome& outcome) {
            return bulk_answer_for(outcome, engine_.live().document(outcome.auction_id), *items,
                                   lean);
        },
        respond);
}

Response AuctionHandler::list_auctions(const JSONRequest& request) {
    const bool lean = contract::read_lean(request);
    std::string body = R"({"auctions":[)";
    for (const auto& auction : engine_.live().book().auctions()) {
        const auto* document = engine_.live().document(auction->id);
        if (body.back() != '[') body += ',';
        document->append_json(body, document->current(), lean);
    }
    body += "]}";
    Response response = JSONResponse::rendered(200, std::move(body));
    response.headers.set("Gavel-Index", std::to_string(engine_.live().book().last_index()));
    return response;
}

Response AuctionHandler::get_auction(const JSONRequest& request) {
    const bool lean = contract::read_lean(request);
    const auto* document = engine_.live().document(auction_id_of(request));
    if (document == nullptr) throw HTTPError(404, "auction not found");
    std::string body = R"({"auction":)";
    document->append_json(body, document->current(), lean);
    body += '}';
    Response response = JSONResponse::rendered(200, std::move(body));
    response.headers.set("Gavel-Index", std::to_string(engine_.live().book().last_index()));
    return response;
}

Response AuctionHandler::read_proof(const JSONRequest& request) {
    const Auction* auction = engine_.live().book().find(auction_id_of(request));
    if (auction == nullptr) throw HTTPError(404, "auction not found");
    if (!auction->journal.is_kept()) {
        throw HTTPError(404, "this auction is from before there were proofs");
    }
    if (hides_its_bids(*auction)) {
        throw HTTPError(409, "its bids are hidden until its end, and so is its proof");
    }
    const auto writer = std::make_shared<ProofWriter>(*auction, engine_.log_id());
    return long_answer([this, alive = alive_, writer, id = auction->id](std::string& out) {
        // The book may be another one by now, that of a snapshot: it goes on where this one was.
        const Auction* found = *alive ? engine_.live().book().find(id) : nullptr;
        if (found == nullptr) return Piece::lost;
        writer->append_piece(*found, out);
        return writer->finished() ? Piece::last : Piece::more;
    });
}

Response AuctionHandler::read_heads(const JSONRequest&) {
    return answer_heads(heads_of(engine_.live().book(), engine_.log_id()));
}

Response AuctionHandler::list_daily_heads(const JSONRequest& request) {
    const auto limit =
        request.query_number("limit", limits::max_heads_page).value_or(limits::heads_page);
    const auto& days = engine_.live().book().daily_heads().days();
    std::string body = R"({"log_id":)";
    append_json_string(body, engine_.log_id());
    body += R"(,"heads":[)";
    const auto count = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(limit, days.size()));
    for (auto day = days.rbegin(); day != days.rbegin() + count; ++day) {
        if (body.back() != '[') body += ',';
        body += '{';
        JSONMembers members(body);
        members.text("day", utc_day_text(day->day));
        members.number("index", static_cast<std::int64_t>(day->index));
        members.number("time_us", day->time_us);
        members.number("auctions", static_cast<std::int64_t>(day->heads.size()));
        members.hex("sha256", bytes_of(day->sha256));
        body += '}';
    }
    body += "]}";
    return JSONResponse::rendered(200, std::move(body));
}

Response AuctionHandler::read_daily_heads(const JSONRequest& request) {
    const auto day = parse_utc_day(request.path_parameter("day"));
    if (!day) throw bad_request("the day must be written as 2026-01-31");
    const HeadsOfDay* heads = engine_.live().book().daily_heads().find(*day);
    if (heads == nullptr) {
        throw HTTPError(404, "there are no heads of that day: it is not over, or nothing was done");
    }
    return answer_heads(HeadsWriter(*heads));
}

Response AuctionHandler::answer_heads(HeadsWriter heads) {
    const auto writer = std::make_shared<HeadsWriter>(std::move(heads));
    return long_answer([writer](std::string& out) {
        writer->append_piece(out);
        return writer->finished() ? Piece::last : Piece::more;
    });
}

Response AuctionHandler::long_answer(std::function<Piece(std::string&)> next) {
    // One copy is the handler's own.
    if (long_answers_.use_count() > limits::max_long_answers) {
        return JSONResponse::unavailable("too many proofs are being read, try again");
    }
    return answer_in_pieces(
        engine_.scheduler(), "application/jsonl",
        [next = std::move(next), held = long_answers_](std::string& out) { return next(out); });
}

void AuctionHandler::read_feed(const JSONRequest& request, const Responder& respond) {
    const auto after = request.query_number("after", any_index).value_or(0);
    const auto wait_ms = request.query_number("wait_ms", limits::max_feed_wait_ms).value_or(0);
    const auto limit = request.query_number("limit", limits::max_feed_page_entries)
                           .value_or(limits::max_feed_page_entries);
    const auto log_id = request.query("log_id");
    const bool may_be_ahead = readers_may_be_ahead_ && log_id;
    if ((log_id && *log_id != engine_.log_id()) ||
        (after > engine_.feed().index() && !may_be_ahead)) {
        // What the reader has is not a part of this log: it must start again.
        std::string body = R"({"error":"the feed does not continue there","log_id":)";
        append_json_string(body, engine_.log_id());
        body += R"(,"oldest_index":1})";
        respond(JSONResponse::rendered(410, std::move(body)));
        return;
    }
    engine_.feed().read(
        after, std::max<std::uint64_t>(limit, 1), static_cast<std::int64_t>(wait_ms),
        [this, respond](const EventFeed::Page& page) {
            if (page.unavailable) {
                respond(JSONResponse::unavailable("the feed cannot be read now, try again"));
                return;
            }
            std::string body = R"({"log_id":)";
            append_json_string(body, engine_.log_id());
            body += R"(,"index":)" + std::to_string(page.index);
            body += R"(,"head":)" + std::to_string(engine_.feed().index());
            body += R"(,"events":[)";
            body += page.events_json;
            body += "]}";
            respond(JSONResponse::rendered(200, std::move(body)));
        });
}

Response AuctionHandler::live(const JSONRequest&) {
    return JSONResponse::rendered(200, R"({"status":"ok"})");
}

Response AuctionHandler::ready(const JSONRequest&) {
    return JSONResponse::rendered(
        200,
        R"({"status":"ready","index":)" + std::to_string(engine_.live().book().last_index()) + "}");
}

}  // namespace gavel::auction
