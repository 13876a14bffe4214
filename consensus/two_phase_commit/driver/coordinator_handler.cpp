#include "consensus/two_phase_commit/driver/coordinator_handler.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/bytes/fnv1a.h"
#include "common/http/cluster_token.h"
#include "common/http/forwarding.h"
#include "common/http/http_error.h"
#include "common/http/request_id.h"
#include "common/limits.h"
#include "consensus/two_phase_commit/driver/message_json.h"
#include "consensus/two_phase_commit/limits.h"

namespace gavel::two_phase {
namespace {

using nlohmann::json;

constexpr std::uint64_t max_time_us = 1ULL << 53;
constexpr const char* lock_prefix = "auction ";

std::string hex(std::uint64_t value) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 4) {
        *digit = digits[value & 15];
    }
    return text;
}

// What a close is about. Old clients name auctions by strings; numbers are taken, too.
std::string read_auction_id(const json& object) {
    const auto found = object.find("auction_id");
    std::string id;
    if (found != object.end() && found->is_string()) id = found->get<std::string>();
    if (found != object.end() && found->is_number_unsigned()) id = found->dump();
    if (id.empty() || id.size() > 64) {
        throw bad_request("a close needs an auction_id, of at most 64 bytes");
    }
    return id;
}

// What people know it by.
std::string read_label(const json& object) {
    const auto found = object.find("name");
    if (found == object.end() || !found->is_string()) return "";
    auto label = found->get<std::string>();
    if (label.size() <= limits::max_label_bytes) return label;
    auto end = limits::max_label_bytes;
    while (end > 0 && (static_cast<unsigned char>(label[end]) & 0xc0) == 0x80) --end;
    return label.substr(0, end);
}

Transaction read_transaction(const JSONRequest& request) {
    const auto& object = request.object();
    const auto kind = object.find("kind");
    if (kind == object.end() || (*kind != "create" && *kind != "close")) {
        throw bad_request("kind must be \"create\" or \"close\"");
    }
    Transaction transaction;
    transaction.kind = kind->get<std::string>();
    transaction.payload = object.dump();
    if (transaction.payload.size() > limits::max_payload_bytes) {
        throw HTTPError(413, "a transaction has at most " +
                                 std::to_string(limits::max_payload_bytes) + " bytes of JSON");
    }
    transaction.label = read_label(object);
    if (transaction.kind == "close") transaction.lock = lock_prefix + read_auction_id(object);
    return transaction;
}

// Requests of one kind, about one auction, with one key are the same request.
std::string read_key(const JSONRequest& request, const Transaction& transaction) {
    for (const char* name : {"Idempotency-Key", session_header}) {
        const auto header = request.header(name);
        if (!header) continue;
        const bool printable =
            std::all_of(header->begin(), header->end(), [](char c) { return c >= ' ' && c < 127; });
        if (header->empty() || header->size() > gavel::limits::max_idempotency_key_bytes ||
            !printable) {
            throw bad_request(std::string(name) + " must be 1 to " +
                              std::to_string(gavel::limits::max_idempotency_key_bytes) +
                              " printable characters");
        }
        return transaction.kind + "-" +
               hex(fnv1a(std::string(name) + "\n" + transaction.lock + "\n" +
                         std::string(*header)));
    }
    return transaction.kind + "-" + make_request_id();
}

// Of what is to be done. What it is tied to is no part of that: whoever asks again with the same
// key may have seen more by then.
std::string fingerprint_of(const JSONRequest& request) {
    json wish = request.object();
    wish.erase("unchanged_since");
    return hex(fnv1a(wish.dump()));
}

json seconds(std::int64_t time_us) {
    return time_us == 0 ? json() : json(static_cast<double>(time_us) / 1e6);
}

json parsed(const std::string& text) {
    if (text.empty()) return nullptr;
    auto value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json() : value;
}

Response committed_response(const ClientAnswer& answer) {
    auto results = json::object();
    for (const auto& [participant, text] : answer.results) results[participant] = parsed(text);
    return JSONResponse(200, {{"transaction_id", answer.record.transaction.id},
                              {"decision", "commit"},
                              {"results", results}});
}

Response aborted_response(const DecisionRecord& record) {
    const auto& refusal = record.refusal;
    json body = {{"error", refusal.reason},
                 {"transaction_id", record.transaction.id},
                 {"decision", "abort"}};
    if (!record.refused_by.empty()) body["participant"] = record.refused_by;
    if (!refusal.answer.empty()) body["answer"] = parsed(refusal.answer);
    const bool conflicts = refusal.status == 0 || refusal.status == Refusal::locked;
    JSONResponse response(conflicts ? 409 : refusal.status, body);
    if (response.status == 503) response.headers.set("Retry-After", "1");
    return response;
}

Response response_to(const std::optional<ClientAnswer>& answer) {
    if (!answer) {
        return JSONResponse::error(
            504, "it is not known yet what becomes of this; ask again with the same key");
    }
    switch (answer->kind) {
        case ClientAnswer::Kind::committed: return committed_response(*answer);
        case ClientAnswer::Kind::aborted: return aborted_response(answer->record);
        case ClientAnswer::Kind::other_body:
            return JSONResponse::error(422, "this key was used for another request");
        case ClientAnswer::Kind::expired:
            return JSONResponse::unavailable(
                "the coordinator's clock is behind what it has recorded, nothing was changed");
        case ClientAnswer::Kind::full: break;
    }
    return JSONResponse::unavailable(
        "transactions cannot be begun now, nothing was changed; try "
        "again");
}

}  // namespace

CoordinatorHandler::CoordinatorHandler(CoordinatorDriver& driver)
    : JSONRequestHandler("two_phase_coordinator"), driver_(driver) {
    route("POST", "/transactions", &CoordinatorHandler::begin);
    route("GET", "/transactions", &CoordinatorHandler::list);
    route("GET", "/transactions/<id>", &CoordinatorHandler::show);
    route("POST", "/transactions/<id>/inquiry", &CoordinatorHandler::inquire);
    route("GET", "/livez", &CoordinatorHandler::livez);
    route("GET", "/readyz", &CoordinatorHandler::readyz);
}

void CoordinatorHandler::begin(const JSONRequest& request, const Responder& respond) {
    check_caller(request);
    Coordinator::Request wish;
    wish.transaction = read_transaction(request);
    wish.key = read_key(request, wish.transaction);
    wish.fingerprint = fingerprint_of(request);
    driver_.begin(std::move(wish), [respond](const std::optional<ClientAnswer>& answer) {
        respond(response_to(answer));
    });
}

void CoordinatorHandler::list(const JSONRequest& request, const Responder& respond) {
    DecisionStore::Listing what;
    what.limit = request.query_number("limit", limits::max_listed).value_or(limits::max_listed);
    what.before_us =
        static_cast<std::int64_t>(request.query_number("before", max_time_us).value_or(0));
    driver_.store().list(
        what, [this, respond](const std::optional<std::vector<DecisionRecord>>& records) {
            if (!records) {
                respond(JSONResponse::unavailable("the transactions cannot be read now"));
                return;
            }
            auto list = json::array();
            for (const auto& record : *records) list.push_back(record_json(record));
            respond(JSONResponse(200, {{"transactions", list}}));
        });
}

void CoordinatorHandler::show(const JSONRequest& request, const Responder& respond) {
    DecisionCommand look;
    look.id = std::string(request.path_parameter("id"));
    look.now_us = driver_.options().unix_now_us();
    driver_.store().apply(look, [this, respond](const std::optional<DecisionOutcome>& outcome) {
        if (!outcome) {
            respond(JSONResponse::unavailable("the transaction cannot be read now"));
        } else if (!outcome->record) {
            respond(JSONResponse::error(404, "no such transaction"));
        } else {
            respond(JSONResponse(200, record_json(*outcome->record)));
        }
    });
}

void CoordinatorHandler::inquire(const JSONRequest& request, const Responder& respond) {
    check_caller(request);
    driver_.inquire(read_inquiry(std::string(request.path_parameter("id")), request.object(),
                                 driver_.options().name),
                    respond);
}

Response CoordinatorHandler::livez(const JSONRequest&) {
    return JSONResponse(200, {{"status", "ok"}});
}

Response CoordinatorHandler::readyz(const JSONRequest&) {
    if (!driver_.is_ready()) return JSONResponse::unavailable("the decisions cannot be read yet");
    return JSONResponse(200, {{"status", "ready"}});
}

void CoordinatorHandler::check_caller(const JSONRequest& request) const {
    if (!has_cluster_token(request.headers(), driver_.options().token)) {
        throw HTTPError(401, "the cluster's token is missing or wrong");
    }
}

json CoordinatorHandler::record_json(const DecisionRecord& record) const {
    const auto& transaction = record.transaction;
    const auto so_far =
        record.decision == Decision::pending ? driver_.votes(transaction.id) : record.votes;
    auto votes = json::object();
    for (const auto& participant : transaction.participants) {
        const auto vote = so_far.find(participant);
        votes[participant] = vote == so_far.end() ? json() : vote->second ? "commit" : "abort";
    }
    const bool everybody = record.is_finished() && record.decision == Decision::commit;
    const auto heard = driver_.acknowledged_by(transaction.id);
    const bool about_auction = transaction.lock.starts_with(lock_prefix);
    return {{"id", transaction.id},
            {"kind", transaction.kind},
            {"auction_id", about_auction ? json(transaction.lock.substr(8)) : json()},
            {"name", transaction.label},
            {"state", name_of(record.decision)},
            {"votes", votes},
            {"acknowledged", everybody ? json(transaction.participants) : json(heard)},
            {"reason", record.refusal.reason.empty() ? json() : json(record.refusal.reason)},
            {"refused_by", record.refused_by.empty() ? json() : json(record.refused_by)},
            {"started", seconds(transaction.began_us)},
            {"deadline", seconds(transaction.deadline_us)},
            {"decided", seconds(record.decided_us)},
            {"finished", seconds(record.finished_us)},
            {"position", transaction.began_us}};
}

}  // namespace gavel::two_phase
