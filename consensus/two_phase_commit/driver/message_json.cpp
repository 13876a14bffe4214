#include "consensus/two_phase_commit/driver/message_json.h"

#include <nlohmann/json.hpp>

#include "common/http/http_error.h"
#include "common/http/request_id.h"
#include "consensus/two_phase_commit/limits.h"

namespace gavel::two_phase {
namespace {

using nlohmann::json;

constexpr std::int64_t max_time_us = 1LL << 53;

// JSON text inside JSON; "" is null.
json nested(const std::string& text) {
    if (text.empty()) return nullptr;
    auto value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json() : value;
}

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? "" : found->dump();
}

// ---- fields of a request, checked ----

const json& field(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) throw bad_request(std::string(name) + " is missing");
    return *found;
}

std::string string_field(const json& object, const char* name, std::size_t max_bytes,
                         bool may_be_empty = false) {
    const auto& value = field(object, name);
    if (!value.is_string()) throw bad_request(std::string(name) + " must be a string");
    auto text = value.get<std::string>();
    if (text.size() > max_bytes || (text.empty() && !may_be_empty)) {
        throw bad_request(std::string(name) + " must have 1 to " + std::to_string(max_bytes) +
                          " bytes");
    }
    return text;
}

// Part of a URL, so it has no character that means something there.
std::string id_field(const json& object, const char* name) {
    auto id = string_field(object, name, limits::max_id_bytes);
    if (id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
        std::string::npos) {
        throw bad_request(std::string(name) + " may have letters, digits, '.', '-' and '_'");
    }
    return id;
}

std::int64_t time_field(const json& object, const char* name) {
    const auto& value = field(object, name);
    if (!value.is_number_integer() || value < 1 || value > max_time_us) {
        throw bad_request(std::string(name) + " must be a time in microseconds");
    }
    return value.get<std::int64_t>();
}

std::string limited_text(const json& object, const char* name, std::size_t max_bytes) {
    auto text = text_of(object, name);
    if (text.size() > max_bytes) {
        throw bad_request(std::string(name) + " is longer than " + std::to_string(max_bytes) +
                          " bytes of JSON");
    }
    return text;
}

Transaction read_transaction(const json& object) {
    if (!object.is_object()) throw bad_request("transaction must be an object");
    Transaction transaction;
    transaction.id = id_field(object, "id");
    transaction.kind = string_field(object, "kind", limits::max_name_bytes);
    transaction.payload = limited_text(object, "payload", limits::max_payload_bytes);
    transaction.label = string_field(object, "label", limits::max_label_bytes, true);
    transaction.lock = string_field(object, "lock", limits::max_lock_bytes, true);
    const auto& participants = field(object, "participants");
    if (!participants.is_array() || participants.size() > limits::max_participants) {
        throw bad_request("participants must be a list of at most " +
                          std::to_string(limits::max_participants) + " names");
    }
    for (const auto& name : participants) {
        if (!name.is_string()) throw bad_request("each of participants must be a string");
        transaction.participants.push_back(name.get<std::string>());
    }
    transaction.began_us = time_field(object, "began_us");
    transaction.deadline_us = time_field(object, "deadline_us");
    return transaction;
}

json transaction_json(const Transaction& transaction) {
    return {{"id", transaction.id},
            {"kind", transaction.kind},
            {"payload", nested(transaction.payload)},
            {"label", transaction.label},
            {"lock", transaction.lock},
            {"participants", transaction.participants},
            {"began_us", transaction.began_us},
            {"deadline_us", transaction.deadline_us}};
}

json facts_json(const Facts& facts) {
    auto object = json::object();
    for (const auto& [participant, text] : facts) object[participant] = nested(text);
    return object;
}

Facts read_facts(const json& object) {
    Facts facts;
    const auto found = object.find("facts");
    if (found == object.end() || !found->is_object()) return facts;
    for (const auto& [participant, value] : found->items()) {
        facts[participant] = value.is_null() ? "" : value.dump();
    }
    return facts;
}

const char* target_of(MessageType type) {
    switch (type) {
        case MessageType::vote_request: return "/two_phase/vote_request";
        case MessageType::global_commit: return "/two_phase/global_commit";
        default: return "/two_phase/global_abort";
    }
}

json body_of(const Message& message) {
    switch (message.type) {
        case MessageType::vote_request:
            return {{"coordinator", message.from},
                    {"transaction", transaction_json(*message.transaction)}};
        case MessageType::inquiry: return {{"participant", message.from}};
        default: break;
    }
    json body = {{"coordinator", message.from},
                 {"transaction_id", message.id},
                 {"began_us", message.began_us}};
    if (message.type == MessageType::global_commit) body["facts"] = facts_json(message.all_facts);
    return body;
}

Refusal read_refusal(const json& answer) {
    Refusal refusal;
    const auto status = answer.find("status");
    const bool has_status =
        status != answer.end() && status->is_number_integer() && *status >= 400 && *status <= 599;
    refusal.status = has_status ? status->get<int>() : 409;
    const auto reason = answer.find("reason");
    if (reason != answer.end() && reason->is_string()) {
        refusal.reason = reason->get<std::string>().substr(0, limits::max_reason_bytes);
    }
    refusal.answer = text_of(answer, "answer");
    if (refusal.answer.size() > limits::max_answer_bytes) refusal.answer.clear();
    return refusal;
}

}  // namespace

ServiceRequest request_of(const Message& message) {
    ServiceRequest request;
    request.method = "POST";
    request.target = message.type == MessageType::inquiry
                         ? "/transactions/" + message.id + "/inquiry"
                         : target_of(message.type);
    request.body = body_of(message).dump(-1, ' ', false, json::error_handler_t::replace);
    request.request_id = make_request_id();
    request.repeatable = true;  // twice is as good as once, as the protocol has it
    return request;
}

Response answer_of(const Message& message) {
    switch (message.type) {
        case MessageType::vote_commit:
            return JSONResponse(200, {{"vote", "commit"}, {"facts", nested(message.facts)}});
        case MessageType::vote_abort:
            return JSONResponse(200, {{"vote", "abort"},
                                      {"status", message.refusal.status},
                                      {"reason", message.refusal.reason},
                                      {"answer", nested(message.refusal.answer)}});
        case MessageType::acknowledgement:
            return JSONResponse(200, {{"acknowledged", true}, {"result", nested(message.result)}});
        case MessageType::damage: return JSONResponse::error(409, message.refusal.reason);
        case MessageType::global_commit:
            return JSONResponse(200,
                                {{"decision", "commit"}, {"facts", facts_json(message.all_facts)}});
        case MessageType::global_abort: return JSONResponse(200, {{"decision", "abort"}});
        default: return JSONResponse(200, {{"decision", "pending"}});
    }
}

Message read_vote_request(const json& body, const std::string& self) {
    Message message;
    message.type = MessageType::vote_request;
    message.from = string_field(body, "coordinator", limits::max_name_bytes);
    message.to = self;
    message.transaction = read_transaction(field(body, "transaction"));
    message.id = message.transaction->id;
    message.began_us = message.transaction->began_us;
    return message;
}

Message read_decision(MessageType type, const json& body, const std::string& self) {
    Message message;
    message.type = type;
    message.from = string_field(body, "coordinator", limits::max_name_bytes);
    message.to = self;
    message.id = id_field(body, "transaction_id");
    message.began_us = time_field(body, "began_us");
    message.all_facts = read_facts(body);
    return message;
}

Message read_inquiry(const std::string& id, const json& body, const std::string& self) {
    if (id.empty() || id.size() > limits::max_id_bytes) throw bad_request("no transaction id");
    Message message;
    message.type = MessageType::inquiry;
    message.from = string_field(body, "participant", limits::max_name_bytes);
    message.to = self;
    message.id = id;
    return message;
}

std::optional<Message> read_answer(const Message& sent, const ServiceResult& result) {
    if (!result.ok()) return std::nullopt;
    const int status = result.response.status;
    const bool decides =
        sent.type == MessageType::global_commit || sent.type == MessageType::global_abort;
    if (status != 200 && !(status == 409 && decides)) return std::nullopt;
    const auto body = json::parse(result.response.body, nullptr, false);
    if (!body.is_object()) return std::nullopt;
    const auto says = [&body](const char* name, const json& value) {
        const auto found = body.find(name);
        return found != body.end() && *found == value;
    };
    Message message;
    message.from = sent.to;
    message.to = sent.from;
    message.id = sent.id;
    message.began_us = sent.began_us;
    if (status == 409) {
        message.type = MessageType::damage;
        const auto error = body.find("error");
        message.refusal = {409, error != body.end() ? error->dump() : "", ""};
    } else if (decides && says("acknowledged", true)) {
        message.type = MessageType::acknowledgement;
        message.result = text_of(body, "result");
    } else if (sent.type == MessageType::vote_request && says("vote", "commit")) {
        message.type = MessageType::vote_commit;
        message.facts = text_of(body, "facts");
        // It cannot be kept with the record, so it counts as no vote.
        if (message.facts.size() > limits::max_facts_bytes) return std::nullopt;
    } else if (sent.type == MessageType::vote_request && says("vote", "abort")) {
        message.type = MessageType::vote_abort;
        message.refusal = read_refusal(body);
    } else if (sent.type == MessageType::inquiry && says("decision", "commit")) {
        message.type = MessageType::global_commit;
        message.all_facts = read_facts(body);
    } else if (sent.type == MessageType::inquiry && says("decision", "abort")) {
        message.type = MessageType::global_abort;
    } else if (sent.type == MessageType::inquiry && says("decision", "pending")) {
        message.type = MessageType::pending;
    } else {
        return std::nullopt;
    }
    return message;
}

}  // namespace gavel::two_phase
