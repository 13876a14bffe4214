#include "consensus/raft/driver/bootstrap.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "common/http/request_id.h"
#include "common/logging/logging.h"

namespace gavel::raft {
namespace {

constexpr std::int64_t ask_again_ms = 200;
constexpr std::int64_t hello_timeout_ms = 1'000;

}  // namespace

nlohmann::json Hello::to_json() const {
    return {{"node_id", node_id},
            {"disk_id", disk_id},
            {"peers", peers},
            {"cluster_id", cluster_id},
            {"joining", joining}};
}

Hello Hello::from_json(const nlohmann::json& json) {
    try {
        return {json.at("node_id").get<NodeId>(), json.at("disk_id").get<std::string>(),
                json.at("peers").get<std::string>(), json.at("cluster_id").get<std::string>(),
                json.value("joining", false)};
    } catch (const nlohmann::json::exception&) {
        throw std::runtime_error("this is not the greeting of a node");
    }
}

ServiceRequest hello_request(const Hello& self, const Headers& caller) {
    ServiceRequest request;
    request.method = "POST";
    request.target = "/raft/hello";
    request.body = self.to_json().dump();
    request.headers = caller;
    request.request_id = make_request_id();
    request.timeout_ms = hello_timeout_ms;
    return request;
}

std::optional<std::string> refusal_in(const ServiceResult& result) {
    if (!result.ok()) return std::nullopt;
    if (result.response.status != 409 && result.response.status != 401) return std::nullopt;
    const auto answer = nlohmann::json::parse(result.response.body, nullptr, false);
    return answer.is_object() ? answer.value("error", "refused by another node")
                              : "refused by another node";
}

nlohmann::json members_to_json(const Membership& membership) {
    auto members = nlohmann::json::array();
    for (const auto& member : membership.members()) {
        members.push_back(
            {{"id", member.id}, {"voter", member.is_voter}, {"address", member.address}});
    }
    return members;
}

Membership members_from_json(const nlohmann::json& json) {
    std::vector<Member> members;
    for (const auto& member : json) {
        members.push_back({member.at("id").get<NodeId>(), member.at("voter").get<bool>(),
                           member.at("address").get<std::string>()});
    }
    return Membership::of(std::move(members));
}

Bootstrap::Bootstrap(Scheduler& scheduler, PeerLinks& links, Headers headers, Hello self,
                     std::map<NodeId, std::string> peers)
    : scheduler_(scheduler),
      links_(links),
      headers_(std::move(headers)),
      self_(std::move(self)),
      peers_(std::move(peers)) {
    disks_[self_.node_id] = self_.disk_id;
}

Bootstrap::~Bootstrap() {
    *alive_ = false;
    scheduler_.cancel(again_);
}

void Bootstrap::start(Done done, Refused refused) {
    done_ = std::move(done);
    refused_ = std::move(refused);
    service_logger("raft")->info("node {} {}", self_.node_id,
                                 self_.joining ? "asks which cluster it joins"
                                               : "waits until all nodes of the cluster have met");
    ask_missing();
    finish_if_complete();
}

std::string Bootstrap::contradiction(const Hello& other) const {
    if (other.node_id == self_.node_id && other.disk_id != self_.disk_id) {
        return "two nodes have the id " + std::to_string(self_.node_id) +
               "; give each its own RAFT_NODE_ID";
    }
    if (!other.joining && !self_.joining && other.cluster_id.empty() &&
        other.peers != self_.peers) {
        return "the peer lists disagree: node " + std::to_string(self_.node_id) +
               " has RAFT_PEERS=" + self_.peers + ", node " + std::to_string(other.node_id) +
               " has " + other.peers + "; give every node the same list";
    }
    const auto known = disks_.find(other.node_id);
    if (known != disks_.end() && known->second != other.disk_id) {
        return "another node has said already that it is node " + std::to_string(other.node_id) +
               "; give each its own RAFT_NODE_ID";
    }
    return {};
}

std::string Bootstrap::waits_for() const {
    std::string missing;
    for (const auto& [peer, url] : peers_) {
        if (disks_.count(peer) > 0) continue;
        if (!missing.empty()) missing += ", ";
        missing += std::to_string(peer);
    }
    return missing;
}

void Bootstrap::ask_missing() {
    if (finished_) return;
    for (const auto& [peer, url] : peers_) {
        auto* const client = links_.client(peer);
        if (peer == self_.node_id || disks_.count(peer) > 0 || client == nullptr) continue;
        client->send(hello_request(self_, headers_),
                     [this, alive = alive_, peer = peer](const ServiceResult& result) {
                         if (*alive) answered(peer, result);
                     });
    }
    again_ = scheduler_.call_after_ms(ask_again_ms, [this] { ask_missing(); });
}

void Bootstrap::answered(NodeId peer, const ServiceResult& result) {
    if (finished_ || !result.ok()) return;
    // What the other refuses for good is for the operator; anything else may pass.
    if (const auto why = refusal_in(result)) {
        finished_ = true;
        refused_(*why);
        return;
    }
    const auto answer = nlohmann::json::parse(result.response.body, nullptr, false);
    if (result.response.status != 200 || !answer.is_object()) return;
    try {
        take(peer, answer);
    } catch (const std::exception& error) {
        service_logger("raft")->warn("node {} gives a strange answer: {}", peer, error.what());
    }
}

void Bootstrap::take(NodeId peer, const nlohmann::json& answer) {
    const auto other = Hello::from_json(answer);
    if (other.node_id != peer) {
        finished_ = true;
        refused_("RAFT_PEERS says that node " + std::to_string(peer) + " is at " + peers_.at(peer) +
                 ", but node " + std::to_string(other.node_id) + " answers there");
        return;
    }
    if (!other.cluster_id.empty()) {
        // The cluster is there already: it knows this server, or is to be asked to add it.
        finished_ = true;
        Found found{other.cluster_id, {}};
        if (!self_.joining) found.initial = members_from_json(answer.at("initial_members"));
        done_(found);
        return;
    }
    const auto why = contradiction(other);
    if (!why.empty()) {
        finished_ = true;
        refused_(why);
        return;
    }
    if (self_.joining) return;  // that one waits itself
    disks_[peer] = other.disk_id;
    finish_if_complete();
}

void Bootstrap::finish_if_complete() {
    if (finished_ || self_.joining || disks_.size() < peers_.size()) return;
    finished_ = true;
    std::vector<Member> members;
    for (const auto& [peer, url] : peers_) {
        members.push_back({peer, true, MemberAddress{url, disks_.at(peer)}.text()});
    }
    Found found;
    found.initial = Membership::of(std::move(members));
    found.cluster_id = cluster_id_of(found.initial);
    done_(found);
}

}  // namespace gavel::raft
