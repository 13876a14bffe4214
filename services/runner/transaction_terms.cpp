#include "services/runner/transaction_terms.h"

#include "common/contract/input.h"
#include "common/http/http_error.h"

namespace gavel {

using nlohmann::json;

namespace {

std::string text_field(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::uint64_t> read_unchanged_since(const json& payload) {
    const auto found = payload.find("unchanged_since");
    if (found == payload.end()) return std::nullopt;
    if (!found->is_number_unsigned()) {
        throw bad_request("the transaction's unchanged_since is no index of the log");
    }
    return found->get<std::uint64_t>();
}

}  // namespace

TransactionTerms TransactionTerms::read(const two_phase::Transaction& transaction) {
    const auto payload = json::parse(transaction.payload, nullptr, false);
    if (!payload.is_object()) throw bad_request("the transaction's payload is no JSON object");
    TransactionTerms terms;
    if (transaction.kind == "close") {
        terms.kind = TransactionKind::close;
        terms.auction_id =
            contract::parse_auction_id(text_field(payload, "auction_id")).value_or(0);
        terms.unchanged_since = read_unchanged_since(payload);
    } else if (transaction.kind != "create") {
        throw bad_request("the transaction's kind must be create or close");
    }
    terms.request = json::object();
    if (const auto request = payload.find("request"); request != payload.end()) {
        if (!request->is_object()) throw bad_request("the transaction's request is no object");
        terms.request = *request;
    }
    const auto key = text_field(payload, "idempotency_key");
    if (!key.empty()) terms.idempotency_key = key;
    return terms;
}

std::optional<AuctionFacts> AuctionFacts::read(const two_phase::Facts& facts) {
    const auto own = facts.find(auction_participant);
    if (own == facts.end()) return std::nullopt;
    const auto object = json::parse(own->second, nullptr, false);
    if (!object.is_object()) return std::nullopt;
    const auto id = contract::parse_auction_id(text_field(object, "auction_id"));
    if (!id) return std::nullopt;
    return AuctionFacts{*id, text_field(object, "winner")};
}

std::string result_json(const auction::Outcome& outcome) {
    return json({{"auction_id", std::to_string(outcome.auction_id)},
                 {"index", outcome.index},
                 {"bid_count", outcome.bid_count},
                 {"status", contract::name_of(outcome.status)}})
        .dump();
}

}  // namespace gavel
