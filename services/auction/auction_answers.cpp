#include "services/auction/auction_answers.h"

#include <cassert>

#include "common/http/unchanged_since.h"
#include "common/json/json_text.h"
#include "common/limits.h"

namespace gavel::auction {
namespace {

constexpr auto not_found_message = "auction not found";
constexpr auto frozen_message = "the auction waits for a decision, try again";
constexpr auto too_low_body = R"({"ok":false,"message":"Bid must exceed current value"})";

struct Rendered {
    int status = 0;
    std::string body;
};

void append_error(std::string& out, std::string_view message) {
    out += R"({"error":)";
    append_json_string(out, message);
    out += '}';
}

Rendered refused(int status, std::string_view message) {
    Rendered rendered{status, {}};
    append_error(rendered.body, message);
    return rendered;
}

// An auction with rules of its own says what a bid must be.
Rendered too_low(const BidOutcome& outcome, const contract::AuctionDocument* document) {
    if (document == nullptr || !document->has_rules()) return {409, too_low_body};
    Rendered rendered{409, R"({"ok":false,"message":"Bid is too low")"};
    const std::string_view moment = document->moment(outcome.bid_count);
    if (!moment.empty()) rendered.body += ',';
    rendered.body += moment;
    rendered.body += '}';
    return rendered;
}

// One decided bid, alone or within a bulk answer.
Rendered render(const BidOutcome& outcome, const contract::AuctionDocument* document,
                int success_status, bool lean) {
    switch (outcome.code) {
        case OutcomeCode::not_found: return refused(404, not_found_message);
        case OutcomeCode::not_open: return refused(409, reason_of(outcome.status));
        case OutcomeCode::too_low: return too_low(outcome, document);
        case OutcomeCode::no_maximums: return refused(409, "this auction takes no maximum bids");
        case OutcomeCode::seller_bids:
            return refused(409, "a seller cannot bid on the own auction");
        case OutcomeCode::too_fine:
            return refused(400, "the amount has more decimals than the auction's currency");
        case OutcomeCode::not_for_sale: return refused(409, "this auction cannot be bought now");
        case OutcomeCode::no_retractions:
            return refused(409, "bids on this auction cannot be taken back");
        case OutcomeCode::nothing_to_retract:
            return refused(409, "this bidder has no bid on this auction");
        case OutcomeCode::too_late_to_retract:
            return refused(409,
                           "in the last twelve hours only the latest bid can be taken back, and "
                           "only within an hour");
        case OutcomeCode::ends_before_it_does:
            return refused(400, "hard_end of soft_close must not be before the closing time");
        case OutcomeCode::key_reused:
            return refused(422, "Idempotency-Key was used before with another request body");
        case OutcomeCode::keys_full:
            return refused(503, "no more idempotency keys can be remembered, try again later");
        case OutcomeCode::session_expired:
            // A stray repeat: whoever sent the request has its answer or gave up.
            return refused(410, "the answer to this request is no longer kept");
        case OutcomeCode::in_transaction:
            return refused(409, "the auction is in another transaction, try again");
        case OutcomeCode::aborted: return refused(409, "the transaction was aborted");
        case OutcomeCode::not_prepared: return refused(409, "the transaction was not prepared");
        case OutcomeCode::contradicts:
            return refused(409, "the transaction was decided otherwise, or is another one");
        case OutcomeCode::frozen: return refused(503, frozen_message);
        case OutcomeCode::transactions_full:
            return refused(503, "no more transactions can be remembered, try again later");
        case OutcomeCode::accepted:
        case OutcomeCode::ignored:
        case OutcomeCode::bulk:
        case OutcomeCode::prepared: break;
    }
    assert(document != nullptr);
    Rendered rendered{success_status, R"({"auction":)"};
    document->append_json(rendered.body, {outcome.bid_count, outcome.status}, lean);
    rendered.body += '}';
    return rendered;
}

Response respond(Rendered rendered, std::uint64_t index) {
    Response response = JSONResponse::rendered(rendered.status, std::move(rendered.body));
    response.headers.set("Gavel-Index", std::to_string(index));
    if (rendered.status == 503) response.headers.set("Retry-After", "60");
    return response;
}

// About how much text the auctions of the accepted bids are. Each shows all bids before its own,
// so this grows with the square of their number.
std::size_t auctions_bytes(const Outcome& outcome, const contract::AuctionDocument& document) {
    std::size_t bytes = 0;
    for (const auto& bid : outcome.bids) {
        if (bid.code != OutcomeCode::accepted) continue;
        bytes += document.size_bytes({bid.bid_count, bid.status});
    }
    return bytes;
}

}  // namespace

Response answer_for(const Outcome& outcome, const contract::AuctionDocument* document,
                    int success_status, bool lean) {
    return respond(
        render({outcome.code, outcome.status, outcome.bid_count}, document, success_status, lean),
        outcome.index);
}

Response bulk_answer_for(const Outcome& outcome, const contract::AuctionDocument* document,
                         const std::vector<BulkItem>& items, bool lean) {
    if (outcome.code != OutcomeCode::bulk && outcome.code != OutcomeCode::not_found) {
        return answer_for(outcome, document, 200, lean);
    }
    const bool truncated = !lean && document != nullptr &&
                           auctions_bytes(outcome, *document) > limits::max_bulk_answer_bytes;
    std::string results;
    std::size_t accepted = 0;
    std::size_t offered = 0;
    for (const auto& item : items) {
        Rendered rendered;
        if (!item.refusal.empty()) {
            rendered = refused(400, item.refusal);
        } else if (outcome.code == OutcomeCode::not_found) {
            rendered = refused(404, not_found_message);
        } else {
            const BidOutcome& bid = outcome.bids.at(offered++);
            if (bid.code == OutcomeCode::accepted) ++accepted;
            rendered = render(bid, document, 200, lean || truncated);
        }
        if (!results.empty()) results += ',';
        results += R"({"bidder":)" + item.bidder_json;
        results += R"(,"amount":)" + item.amount_json;
        results += R"(,"status":)" + std::to_string(rendered.status);
        results += R"(,"response":)" + rendered.body + '}';
    }
    Rendered whole{accepted > 0 ? 200 : 409, {}};
    whole.body = R"({"submitted":)" + std::to_string(items.size());
    whole.body += R"(,"accepted":)" + std::to_string(accepted);
    whole.body += R"(,"results":[)" + results + "]}";
    Response response = respond(std::move(whole), outcome.index);
    if (truncated) response.headers.set("Gavel-Truncated", "true");
    return response;
}

Response answer_for(Refusal refusal) {
    switch (refusal) {
        case Refusal::changed: return JSONResponse::error(412, changed_message);
        case Refusal::overloaded:
            return JSONResponse::unavailable("too many requests are waiting, try again");
        case Refusal::log_full:
            return JSONResponse::unavailable("there is no room to store this, try again later", 5);
        case Refusal::frozen: return JSONResponse::unavailable(frozen_message);
        case Refusal::no_leader:
            return JSONResponse::unavailable("no leader is known at the moment, try again");
        case Refusal::lost:
            return JSONResponse::error(
                504, "the leader changed before this was answered, it may have taken effect");
        case Refusal::log_failed:
        case Refusal::none: break;
    }
    // Not 503, which says that nothing was done.
    return JSONResponse::error(504, "the log failed, the request may have taken effect");
}

}  // namespace gavel::auction
