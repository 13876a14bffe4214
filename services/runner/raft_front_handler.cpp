#include "services/runner/raft_front_handler.h"

#include "common/http/cluster_service_client.h"
#include "common/http/cluster_token.h"
#include "common/http/forwarding.h"
#include "common/http/http_error.h"
#include "services/auction/hash_chain.h"
#include "services/runner/replay.h"

namespace gavel {
namespace {

constexpr const char* forwarded_header = "Gavel-Forwarded";

// Whoever may call it knows the cluster's secret.
bool is_between_services(const JSONRequest& request) {
    return request.path().starts_with("/decisions") || request.path().starts_with("/two_phase/");
}

}  // namespace

RaftFrontHandler::RaftFrontHandler(raft::RaftNode& node, const raft::RaftHandler& raft,
                                   Identity identity)
    : JSONRequestHandler("raft_node"), node_(node), raft_(raft), identity_(std::move(identity)) {
    route("GET", "/livez", &RaftFrontHandler::live);
    route("GET", "/readyz", &RaftFrontHandler::ready);
    route("GET", "/book", &RaftFrontHandler::book);
}

RaftFrontHandler::~RaftFrontHandler() {
    *alive_ = false;
}

void RaftFrontHandler::serve(ReplicatedHouse& house) {
    house_ = &house;
    decisions_ = std::make_unique<DecisionHandler>(house);
    auctions_ = std::make_unique<auction::AuctionHandler>(house, identity_);
    auctions_->expect_readers_ahead();
}

void RaftFrontHandler::handle_unmatched(const JSONRequest& request,
                                        const Responder& respond) const {
    if (request.path().starts_with("/raft/members") && request.method() != "GET") {
        if (auto refusal = identity_.operators().refusal_behind_gateway(request)) {
            respond(std::move(*refusal));
            return;
        }
    }
    if (request.path().starts_with("/raft/")) {
        raft_.handle(request, respond);
        return;
    }
    if (auctions_ == nullptr) {
        respond(JSONResponse::unavailable(node_.waits_for()));
        return;
    }
    if (is_between_services(request) && !node_.has_token(request.headers())) {
        respond(JSONResponse::error(401, "the cluster's token is missing or wrong"));
        return;
    }
    if (request.method() == "GET" || request.method() == "HEAD") {
        read(request, respond);
    } else {
        write(request, respond);
    }
}

void RaftFrontHandler::answer(const JSONRequest& request, const Responder& respond) const {
    if (request.path().starts_with("/decisions")) {
        decisions_->handle(request, naming_leader(respond));
    } else if (!request.path().starts_with("/two_phase/")) {
        auctions_->handle(request, naming_leader(respond));
    } else if (participant_ != nullptr) {
        participant_->handle(request, naming_leader(respond));
    } else {
        naming_leader(respond)(
            JSONResponse::unavailable("this node takes part in no transaction now, try again"));
    }
}

std::string RaftFrontHandler::leader() const {
    if (node_.driver() == nullptr) return {};
    const auto& core = node_.driver()->core();
    if (core.role() == raft::Role::leader) return "self";
    return core.leader() == raft::no_node ? "" : node_.links().url(core.leader());
}

Responder RaftFrontHandler::naming_leader(const Responder& respond) const {
    return Responder([this, alive = alive_, respond](Response response) {
        if (const std::string who = *alive ? leader() : ""; !who.empty()) {
            response.headers.set(leader_header, who);
        }
        respond(std::move(response));
    });
}

void RaftFrontHandler::write(const JSONRequest& request, const Responder& respond) const {
    const auto& core = node_.driver()->core();
    if (core.role() == raft::Role::leader) {
        answer(request, respond);
        return;
    }
    ServiceClient* const client = node_.links().client(core.leader());
    // What was passed on once is not passed on again: the other's view of who leads was wrong.
    if (client == nullptr || request.header(forwarded_header)) {
        naming_leader(respond)(
            JSONResponse::unavailable("no leader is known at the moment, try again"));
        return;
    }
    auto passed = forwarded(request, request.target(), request.body());
    passed.headers.set(forwarded_header, std::to_string(node_.id()));
    if (const auto session = request.header(session_header)) {
        passed.headers.set(session_header, std::string(*session));
        passed.repeatable = true;
    }
    if (is_between_services(request)) {
        passed.repeatable = true;  // as the coordinators' own client does
        if (const auto token = request.header(cluster_token_header)) {
            passed.headers.set(cluster_token_header, std::string(*token));
        }
    }
    client->send(std::move(passed), [respond = naming_leader(respond)](ServiceResult result) {
        if (result.failure == ServiceFailure::lost) {
            respond(JSONResponse::error(
                504, "the connection to the leader was lost, the request may have taken effect"));
            return;
        }
        respond(passed_back(std::move(result), "leader"));
    });
}

void RaftFrontHandler::read(const JSONRequest& request, const Responder& respond) const {
    // A node that is cut off must not keep those who follow its feed.
    if (request.path() == "/feed" && leader().empty()) {
        respond(JSONResponse::unavailable("no leader is known at the moment, try again"));
        return;
    }
    const auto level = request.query("level").value_or("none");
    if (level == "none") {
        answer(request, respond);
        return;
    }
    if (level != "linearizable") {
        respond(JSONResponse::error(400, "level must be none or linearizable"));
        return;
    }
    node_.driver()->read([this, alive = alive_, request, respond](bool confirmed) {
        if (!*alive) return;
        if (confirmed) {
            answer(request, respond);
        } else {
            naming_leader(respond)(
                JSONResponse::unavailable("no majority confirmed the read in time, try again"));
        }
    });
}

Response RaftFrontHandler::live(const JSONRequest&) {
    return JSONResponse::rendered(200, R"({"status":"ok"})");
}

Response RaftFrontHandler::ready(const JSONRequest&) {
    if (house_ == nullptr) return JSONResponse::unavailable(node_.waits_for());
    const auto why = house_->not_ready_because();
    if (!why.empty()) return JSONResponse::unavailable(why);
    if (leader().empty()) return JSONResponse::unavailable("no leader is known at the moment");
    return JSONResponse::rendered(
        200,
        R"({"status":"ready","index":)" + std::to_string(house_->live().book().last_index()) + "}");
}

// For whoever compares nodes: equal indexes must show equal hashes.
Response RaftFrontHandler::book(const JSONRequest&) {
    if (house_ == nullptr) return JSONResponse::unavailable(node_.waits_for());
    const auto& book = house_->live().book();
    const auto decisions = sha256_hex(book.last_index(), house_->decisions().serialize());
    return JSONResponse::rendered(200, R"({"index":)" + std::to_string(book.last_index()) +
                                           R"(,"book_sha256":")" + book_sha256(book) +
                                           R"(","decisions_sha256":")" + decisions + "\"}");
}

}  // namespace gavel
