#include "services/gateway/transaction_path.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/contract/input.h"
#include "common/http/cluster_token.h"
#include "common/http/forwarding.h"
#include "common/http/unchanged_since.h"
#include "common/limits.h"

namespace gavel::gateway {

using nlohmann::json;
using nlohmann::literals::operator""_json_pointer;  // NOLINT(misc-unused-using-decls): it is used

namespace {

constexpr const char* answering_service = "auction_service";
constexpr int view_tries = 5;  // each as long as a view is waited for

std::optional<contract::AuctionStatus> status_named(const std::string& name) {
    using contract::AuctionStatus;
    for (const auto status :
         {AuctionStatus::open, AuctionStatus::closed, AuctionStatus::ended,
          AuctionStatus::scheduled, AuctionStatus::bought, AuctionStatus::cancelled}) {
        if (name == name_of(status)) return status;
    }
    return std::nullopt;
}

// What the auction service said became of the auction.
struct Outcome {
    std::uint64_t auction_id = 0;
    std::uint64_t index = 0;
    contract::AuctionDocument::Version version;

    static std::optional<Outcome> read(const json& object) {
        try {
            const auto id = contract::parse_auction_id(object.at("auction_id").get<std::string>());
            const auto status = status_named(object.at("status").get<std::string>());
            if (!id || !status) return std::nullopt;
            return Outcome{*id,
                           object.at("index").get<std::uint64_t>(),
                           {object.at("bid_count").get<std::uint32_t>(), *status}};
        } catch (const json::exception&) {
            return std::nullopt;
        }
    }
};

Response unclear() {
    return JSONResponse::error(504,
                               "the coordinator did not answer, the request may have taken effect");
}

// What the coordinator says of a transaction that was not committed.
Response refused(const Response& answer, const json& body) {
    const auto error = body.find("error");
    const std::string reason =
        error != body.end() && error->is_string() ? error->get<std::string>() : "refused";
    if (answer.status == 503) return JSONResponse::unavailable(reason);
    Response response = JSONResponse::error(answer.status, reason);
    // Where the book decided so, if it has.
    const auto index = body.value("/answer/index"_json_pointer, json());
    if (index.is_number_unsigned()) response.headers.set("Gavel-Index", index.dump());
    return response;
}

}  // namespace

struct TransactionPath::Call {
    ServiceRequest request;
    Callback callback;
    int success_status = 200;
    bool lean = false;
    std::optional<std::uint64_t> serial;
    std::optional<Closing> closes;
    std::size_t asked = 0;           // coordinators, in this call
    bool may_have_happened = false;  // after some of them
};

TransactionPath::TransactionPath(std::vector<ServiceClient*> coordinators, AuctionsView& view,
                                 Options options)
    : coordinators_(std::move(coordinators)),
      view_(view),
      options_(std::move(options)),
      session_(options_.session) {}

void TransactionPath::create(const JSONRequest& request, const std::string& body,
                             Callback callback) {
    json payload = {{"kind", "create"}, {"request", json::parse(body)}};
    payload["name"] = payload["request"].value("name", "");
    begin(request, payload.dump(), std::nullopt, std::move(callback));
}

void TransactionPath::close(const JSONRequest& request, std::uint64_t auction_id,
                            Callback callback) {
    json payload = {{"kind", "close"},
                    {"auction_id", std::to_string(auction_id)},
                    {"request", request.object()}};
    const Closing closing{auction_id, read_unchanged_since(request)};
    // What has a key may have been done before, and is the change itself.
    if (has_changed(closing) && !request.header("Idempotency-Key")) {
        callback(JSONResponse::error(412, changed_message));
        return;
    }
    if (closing.unchanged_since) payload["unchanged_since"] = *closing.unchanged_since;
    begin(request, payload.dump(), closing, std::move(callback));
}

void TransactionPath::begin(const JSONRequest& request, std::string payload,
                            std::optional<Closing> closes, Callback callback) {
    auto call = std::make_shared<Call>();
    call->callback = std::move(callback);
    call->success_status = closes ? 200 : 201;
    call->closes = closes;
    call->lean = request.prefers_minimal();
    if (const auto key = request.header("Idempotency-Key")) {
        // The book remembers it, too: also a plain request with the key has the same answer.
        json with_key = json::parse(payload);
        with_key["idempotency_key"] = std::string(*key);
        payload = with_key.dump();
    }
    call->request = forwarded(request, "/transactions", std::move(payload));
    call->request.method = "POST";
    call->request.repeatable = true;
    call->request.timeout_ms = limits::behind_cluster_timeout_ms;
    if (!request.header("Idempotency-Key")) {
        call->serial = session_.begin();
        call->request.headers.set(session_header, session_.header_for(*call->serial));
    }
    if (!options_.token.empty()) call->request.headers.set(cluster_token_header, options_.token);
    ask(call);
}

void TransactionPath::ask(const CallPointer& call) {
    coordinators_[preferred_]->send(call->request,
                                    [this, alive = alive_, call](ServiceResult result) {
                                        if (*alive) answered(call, std::move(result));
                                    });
}

void TransactionPath::answered(const CallPointer& call, ServiceResult result) {
    if (!result.ok()) {
        call->may_have_happened |=
            result.failure == ServiceFailure::lost || result.failure == ServiceFailure::timed_out;
        preferred_ = (preferred_ + 1) % coordinators_.size();
        if (++call->asked < coordinators_.size()) {
            ask(call);
        } else if (call->may_have_happened) {
            finish(call, unclear());
        } else {
            finish(call, response_for(result.failure, "coordinator"));
        }
        return;
    }
    const auto body = json::parse(result.response.body, nullptr, false);
    if (!body.is_object()) {
        finish(call, unclear());
        return;
    }
    const auto results = body.find("results");
    if (result.response.status == 200 && results != body.end()) {
        render(call, results->value(answering_service, json()).dump(), view_tries);
    } else if (body.contains("/answer/auction_id"_json_pointer)) {
        render(call, body["answer"].dump(), view_tries);
    } else if (result.response.status == 409 && call->closes && is_over(call->closes->auction_id)) {
        finish(call, closed_already(*call));
    } else {
        finish(call, refused(result.response, body));
    }
}

void TransactionPath::render(const CallPointer& call, const std::string& outcome, int tries_left) {
    const auto told = Outcome::read(json::parse(outcome));
    if (!told || tries_left == 0) {
        finish(call, JSONResponse::error(
                         504, "the request has taken effect, but its answer cannot be shown"));
        return;
    }
    view_.when_reached(told->index,
                       [this, alive = alive_, call, outcome, told, tries_left](bool reached) {
                           if (!*alive) return;
                           const auto* auction = reached ? view_.find(told->auction_id) : nullptr;
                           if (auction == nullptr) {
                               render(call, outcome, reached ? 0 : tries_left - 1);
                               return;
                           }
                           finish(call, show(*call, *auction, told->version, told->index));
                       });
}

bool TransactionPath::is_over(std::uint64_t auction_id) const {
    const auto* auction = view_.find(auction_id);
    return auction != nullptr && contract::is_over(auction->status());
}

// As far as the view has come; what has changed does not change back.
bool TransactionPath::has_changed(const Closing& closing) const {
    const auto* entry = view_.find_entry(closing.auction_id);
    return closing.unchanged_since && entry != nullptr &&
           entry->changed_index > *closing.unchanged_since;
}

// Another transaction has closed it, and not everybody has acknowledged that yet.
Response TransactionPath::closed_already(const Call& call) const {
    if (has_changed(*call.closes)) return JSONResponse::error(412, changed_message);
    const auto& auction = *view_.find(call.closes->auction_id);
    return show(call, auction, auction.current(), view_.index());
}

Response TransactionPath::show(const Call& call, const contract::AuctionDocument& auction,
                               contract::AuctionDocument::Version version, std::uint64_t index) {
    std::string body = R"({"auction":)";
    auction.append_json(body, version, call.lean);
    body += '}';
    Response answer = JSONResponse::rendered(call.success_status, std::move(body));
    answer.headers.set("Gavel-Index", std::to_string(index));
    return answer;
}

void TransactionPath::finish(const CallPointer& call, Response answer) {
    if (call->serial) session_.end(*call->serial);
    std::exchange(call->callback, nullptr)(std::move(answer));
}

void TransactionPath::read_newest(const JSONRequest& request, Callback callback) {
    auto call = std::make_shared<Call>();
    call->callback = std::move(callback);
    call->request = forwarded(request, "/transactions?limit=50", {});
    call->request.method = "GET";
    coordinators_[preferred_]->send(call->request,
                                    [this, alive = alive_, call](const ServiceResult& result) {
                                        if (!*alive) return;
                                        if (result.ok()) {
                                            finish(call, read(result.response));
                                            return;
                                        }
                                        preferred_ = (preferred_ + 1) % coordinators_.size();
                                        finish(call, response_for(result.failure, "coordinator"));
                                    });
}

// What the dashboard shows, with the auctions' names.
Response TransactionPath::read(const Response& answer) const {
    const auto body = json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || !body.is_object() || !body.contains("transactions")) {
        return JSONResponse::unavailable("the transactions cannot be read now, try again");
    }
    json list = json::array();
    for (const auto& record : body["transactions"]) {
        json shown;
        for (const char* name : {"id", "kind", "auction_id", "name", "state", "votes",
                                 "acknowledged", "reason", "started", "decided", "finished"}) {
            shown[name] = record.value(name, json());
        }
        const auto id = shown["auction_id"].is_string()
                            ? contract::parse_auction_id(shown["auction_id"].get<std::string>())
                            : std::nullopt;
        const auto* auction = id ? view_.find(*id) : nullptr;
        if (auction != nullptr) shown["name"] = auction->name();
        list.push_back(std::move(shown));
    }
    return JSONResponse(200, {{"transactions", std::move(list)}});
}

}  // namespace gavel::gateway
