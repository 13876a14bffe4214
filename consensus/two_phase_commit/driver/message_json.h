#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/http/response.h"
#include "common/http/service_client.h"
#include "consensus/two_phase_commit/message.h"

namespace gavel::two_phase {

// Messages as JSON over HTTP. What a coordinator asks of a participant, and a participant of a
// coordinator, is a POST, and what is said to that is its answer:
//
//     POST /two_phase/vote_request            {"vote": "commit", "facts": …}
//                                             {"vote": "abort", "status": 409, "reason": …}
//     POST /two_phase/global_commit, …_abort  {"acknowledged": true, "result": …}
//                                             409 {"error": …}: damage
//     POST /transactions/<id>/inquiry         {"decision": "pending" | "commit" | "abort"}

// The request that carries a vote_request, global_commit, global_abort or inquiry.
ServiceRequest request_of(const Message& message);
// The answer that carries any other one; global_commit and global_abort answer an inquiry.
Response answer_of(const Message& message);

// What came in. These throw HTTPError 400 in a sentence for what has another form.
Message read_vote_request(const nlohmann::json& body, const std::string& self);
Message read_decision(MessageType type, const nlohmann::json& body, const std::string& self);
Message read_inquiry(const std::string& id, const nlohmann::json& body, const std::string& self);

// The message that the answer to `sent` carries; nothing when there was no answer of that form.
std::optional<Message> read_answer(const Message& sent, const ServiceResult& result);

}  // namespace gavel::two_phase
