#include "consensus/raft/driver/raft_handler.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/http/forwarding.h"
#include "common/http/http_error.h"
#include "common/logging/logging.h"
#include "consensus/raft/wire.h"

namespace gavel::raft {
namespace {

constexpr std::int64_t check_again_ms = 10;
constexpr std::int64_t change_timeout_us = 5'000'000;
constexpr const char* forwarded_header = "Gavel-Forwarded";

Response refusal_response(const Proposed& proposed) {
    switch (proposed.refusal) {
        case Refusal::invalid: return JSONResponse::error(400, proposed.why);
        case Refusal::change_pending:
        case Refusal::transferring: return JSONResponse::error(409, proposed.why);
        default: break;
    }
    return JSONResponse::unavailable(proposed.why.empty() ? "ask again soon" : proposed.why);
}

}  // namespace

RaftHandler::RaftHandler(Scheduler& scheduler, RaftNode& node)
    : JSONRequestHandler("raft"), scheduler_(scheduler), node_(node) {
    route("POST", "/raft/request_vote", &RaftHandler::take_messages);
    route("POST", "/raft/append_entries", &RaftHandler::take_messages);
    route("POST", "/raft/install_snapshot", &RaftHandler::take_messages);
    route("POST", "/raft/timeout_now", &RaftHandler::take_messages);
    route("POST", "/raft/hello", &RaftHandler::hello);
    route("GET", "/raft/status", &RaftHandler::status);
    route("GET", "/raft/members", &RaftHandler::members);
    route("POST", "/raft/members", &RaftHandler::add_member);
    route("DELETE", "/raft/members/<id>", &RaftHandler::remove_member);
    route("POST", "/raft/transfer_leadership", &RaftHandler::transfer_leadership);
}

RaftHandler::~RaftHandler() {
    *alive_ = false;
}

// ---- between nodes -----------------------------------------------------------------------------

void RaftHandler::take_messages(const JSONRequest& request, const Responder& respond) {
    NodeId from = no_node;
    const auto verdict = node_.admit(request.headers(), from);
    if (verdict.status != 200) {
        service_logger("raft")->warn("refused {} of node {}: {}", request.path(), from,
                                     verdict.why);
        respond(JSONResponse::error(verdict.status, verdict.why));
        return;
    }
    try {
        node_.receive(request.body(), from);
    } catch (const MalformedRecord& error) {
        service_logger("raft")->warn("refused {} of node {}: {}", request.path(), from,
                                     error.what());
        respond(JSONResponse::error(400, std::string("not a message: ") + error.what()));
        return;
    }
    node_.links().hold(from, respond);
}

void RaftHandler::hello(const JSONRequest& request, const Responder& respond) {
    if (!node_.has_token(request.headers())) {
        respond(JSONResponse::error(401, "the cluster's token is missing or wrong"));
        return;
    }
    try {
        respond(node_.greet(Hello::from_json(request.object())));
    } catch (const std::runtime_error& error) {
        throw HTTPError(400, error.what());
    }
}

// ---- for operators -----------------------------------------------------------------------------

Response RaftHandler::status(const JSONRequest&) {
    auto* const driver = node_.driver();
    nlohmann::json body = {{"node_id", node_.id()}, {"cluster_id", node_.cluster_id()}};
    if (driver == nullptr) {
        body["role"] = "starting";
        body["waits_for"] = node_.waits_for();
        return JSONResponse(200, body);
    }
    const auto status = driver->core().status();
    body["role"] = raft::name_of(status.role);
    body["term"] = status.term;
    body["voted_for"] = status.vote == no_node ? nlohmann::json() : nlohmann::json(status.vote);
    body["leader_id"] = status.leader == no_node ? nlohmann::json() : nlohmann::json(status.leader);
    body["commit_index"] = status.commit;
    body["applied_index"] = status.applied;
    body["last_index"] = status.last.index;
    body["stable_index"] = status.stable;
    body["snapshot_index"] = driver->core().snapshot().last.index;
    body["last_election_ms"] = node_.last_election_ms();
    body["disk_full"] = driver->disk_is_full();
    body["peers"] = nlohmann::json::array();
    for (const auto& peer : status.peers) {
        body["peers"].push_back(
            {{"id", peer.id},
             {"state", raft::name_of(peer.state)},
             {"match_index", peer.match},
             {"next_index", peer.next},
             {"lag", status.last.index - std::min(peer.match, status.last.index)},
             {"recently_heard", peer.recently_heard}});
    }
    return JSONResponse(200, body);
}

Response RaftHandler::members_response(int status) const {
    auto list = nlohmann::json::array();
    if (auto* const driver = node_.driver()) {
        for (const auto& member : driver->core().membership().members()) {
            const auto address = MemberAddress::parse(member.address);
            list.push_back({{"id", member.id},
                            {"url", address.url},
                            {"disk_id", address.disk_id},
                            {"role", member.is_voter ? "voter" : "learner"}});
        }
    }
    return JSONResponse(status, {{"members", list}});
}

Response RaftHandler::members(const JSONRequest&) {
    return members_response(200);
}

bool RaftHandler::leads(const JSONRequest& request, const Responder& respond) {
    if (!node_.has_token(request.headers())) {
        respond(JSONResponse::error(401, "the cluster's token is missing or wrong"));
        return false;
    }
    auto* const driver = node_.driver();
    if (driver != nullptr && driver->core().role() == Role::leader) return true;
    const NodeId leader = driver == nullptr ? no_node : driver->core().leader();
    auto* const client = node_.links().client(leader);
    if (client == nullptr || request.header(forwarded_header)) {
        respond(JSONResponse::unavailable("no leader is known at the moment, try again"));
        return false;
    }
    auto passed = forwarded(request, request.target(), request.body());
    for (const auto& [name, value] : node_.caller_headers()) passed.headers.set(name, value);
    passed.headers.set(forwarded_header, std::to_string(node_.id()));
    client->send(std::move(passed), [respond](ServiceResult result) {
        respond(passed_back(std::move(result), "leader"));
    });
    return false;
}

void RaftHandler::add_member(const JSONRequest& request, const Responder& respond) {
    const auto& object = request.object();
    const auto id = object.find("id");
    const auto url = object.find("url");
    if (id == object.end() || !id->is_number_unsigned() || *id == 0 || url == object.end() ||
        !url->is_string()) {
        throw HTTPError(400, "a member needs an id, a whole number above 0, and a url");
    }
    if (!leads(request, respond)) return;
    const auto where = url->get<std::string>();
    auto& client = strangers_[where];
    try {
        client = node_.links().make_client(where);
    } catch (const std::invalid_argument& error) {
        strangers_.erase(where);
        throw HTTPError(400, error.what());
    }
    // The new node says itself which disk it has: only that disk may ever have this id.
    client->send(
        hello_request(node_.self(), node_.caller_headers()),
        [this, alive = alive_, id = id->get<NodeId>(), where,
         respond](const ServiceResult& result) {
            if (!*alive) return;
            if (!result.ok() || result.response.status != 200) {
                respond(JSONResponse::error(
                    409, refusal_in(result).value_or("no node answers at " + where +
                                                     "; start it with RAFT_JOIN=1, then add it")));
                return;
            }
            const auto answer = nlohmann::json::parse(result.response.body, nullptr, false);
            const auto said = answer.is_object() ? answer.value("node_id", no_node) : 0;
            if (said != id) {
                respond(JSONResponse::error(409, "the node at " + where + " says that it is node " +
                                                     std::to_string(said) + ", not " +
                                                     std::to_string(id)));
                return;
            }
            add_with_disk(id, where, answer.value("disk_id", ""), respond);
        });
}

void RaftHandler::add_with_disk(NodeId id, const std::string& url, const std::string& disk_id,
                                const Responder& respond) {
    answer_when_applied(node_.driver()->change_membership({MembershipChange::Kind::add_learner, id,
                                                           MemberAddress{url, disk_id}.text()}),
                        respond);
}

void RaftHandler::remove_member(const JSONRequest& request, const Responder& respond) {
    const std::string text(request.path_parameter("id"));
    if (text.empty() || text.size() > 18 ||
        text.find_first_not_of("0123456789") != std::string::npos) {
        throw HTTPError(404, "no such member");
    }
    if (!leads(request, respond)) return;
    const NodeId id = std::stoull(text);
    if (node_.driver()->core().membership().find(id) == nullptr) {
        throw HTTPError(404, "no such member");
    }
    answer_when_applied(node_.driver()->change_membership({MembershipChange::Kind::remove, id, {}}),
                        respond);
}

void RaftHandler::answer_when_applied(const Proposed& proposed, const Responder& respond) {
    if (proposed.refusal != Refusal::none) {
        respond(refusal_response(proposed));
        return;
    }
    wait_for(
        [this, proposed](const Responder& answer) {
            const auto& core = node_.driver()->core();
            if (core.applied_index() < proposed.index) return false;
            const auto term = core.log().term_at(proposed.index);
            answer(!term || *term == proposed.term
                       ? members_response(200)
                       : JSONResponse::unavailable("another leader took over, ask again"));
            return true;
        },
        respond);
}

void RaftHandler::transfer_leadership(const JSONRequest& request, const Responder& respond) {
    const auto& object = request.object();
    const auto target = object.find("target");
    if (target != object.end() && !target->is_number_unsigned()) {
        throw HTTPError(400, "target must be a node id");
    }
    if (!leads(request, respond)) return;
    auto& driver = *node_.driver();
    if (target == object.end()) {
        if (!driver.hand_over_leadership()) {
            throw HTTPError(409, "no other node could lead now");
        }
    } else {
        const auto proposed = driver.transfer_leadership(target->get<NodeId>());
        if (proposed.refusal != Refusal::none) {
            respond(refusal_response(proposed));
            return;
        }
    }
    wait_for(
        [this](const Responder& answer) {
            const auto leader = node_.driver()->core().leader();
            if (leader == no_node || leader == node_.id()) return false;
            answer(JSONResponse(200, {{"leader_id", leader}}));
            return true;
        },
        respond);
}

void RaftHandler::wait_for(std::function<bool(const Responder&)> done, const Responder& respond) {
    check_again(std::make_shared<std::function<bool(const Responder&)>>(std::move(done)),
                scheduler_.now_us() + change_timeout_us, respond);
}

void RaftHandler::check_again(const std::shared_ptr<std::function<bool(const Responder&)>>& done,
                              std::int64_t deadline_us, const Responder& respond) {
    if ((*done)(respond)) return;
    if (scheduler_.now_us() > deadline_us) {
        respond(
            JSONResponse::error(504, "this takes long; see /raft/status for what becomes of it"));
        return;
    }
    scheduler_.call_after_ms(check_again_ms, [this, alive = alive_, done, deadline_us, respond] {
        if (*alive) check_again(done, deadline_us, respond);
    });
}

}  // namespace gavel::raft
