#include "services/gateway/cluster_status.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/limits.h"

namespace gavel::gateway {
namespace {

using nlohmann::json;

// What is passed on of a node's own account, as long as it is a number.
constexpr std::array numbers = {"node_id",       "term",       "leader_id",       "commit_index",
                                "applied_index", "last_index", "last_election_ms"};
constexpr std::array roles = {"follower", "pre-candidate", "candidate", "leader", "starting"};

// The member, or null when it is missing or no number.
json number_in(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_unsigned() ? *found : json();
}

json list_in(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_array() ? *found : json::array();
}

// "" when there is none.
std::string text_in(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The first object of the list that `fits`, or null.
template <typename Predicate>
json find_in(const json& list, Predicate fits) {
    const auto found = std::find_if(list.begin(), list.end(), [&fits](const json& item) {
        return item.is_object() && fits(item);
    });
    return found == list.end() ? json() : *found;
}

bool is_node_at(const json& member, const std::string& address) {
    const std::string url = text_in(member, "url");
    return url == "http://" + address || url == "http://" + address + "/";
}

}  // namespace

ClusterStatus::ClusterStatus(std::vector<Node> nodes) : nodes_(std::move(nodes)) {}

ClusterStatus::~ClusterStatus() {
    *alive_ = false;
}

void ClusterStatus::read(const Responder& respond) {
    if (nodes_.empty()) {
        respond(JSONResponse::rendered(200, R"({"nodes":[]})"));
        return;
    }
    waiting_.push_back(respond);
    if (open_questions_ > 0) return;
    told_.assign(nodes_.size(), {});
    // Counted before any of them is asked: an answer may come at once.
    open_questions_ = 2 * nodes_.size();
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        ask(node, "/raft/status", &Told::status);
        ask(node, "/raft/members", &Told::members);
    }
}

void ClusterStatus::ask(std::size_t node, const char* target, json Told::*field) {
    ServiceRequest request;
    request.method = "GET";
    request.target = target;
    request.timeout_ms = limits::cluster_status_timeout_ms;
    request.repeatable = true;
    nodes_[node].client.send(std::move(request),
                             [this, alive = alive_, node, field](const ServiceResult& result) {
                                 if (!*alive) return;
                                 if (result.ok() && result.response.status == 200) {
                                     auto body = json::parse(result.response.body, nullptr, false);
                                     if (body.is_object()) told_[node].*field = std::move(body);
                                 }
                                 if (--open_questions_ == 0) finish();
                             });
}

void ClusterStatus::finish() {
    const JSONResponse answer(200, overview());
    for (const auto& respond : std::exchange(waiting_, {})) respond(answer);
}

json ClusterStatus::overview() const {
    json term;
    for (const auto& told : told_) {
        const json its_term = number_in(told.status, "term");
        if (!its_term.is_null() && (term.is_null() || its_term > term)) term = its_term;
    }
    json leader_id;
    json leader;  // its own account, if it can be reached
    for (const auto& told : told_) {
        if (term.is_null() || number_in(told.status, "term") != term) continue;
        if (leader_id.is_null()) leader_id = number_in(told.status, "leader_id");
        if (text_in(told.status, "role") == "leader") leader = told.status;
    }
    // The leader knows best who is a member, else whoever says anything.
    json members = json::array();
    for (const auto& told : told_) {
        const bool leads = !leader.is_null() && told.status == leader;
        if (members.empty() || leads) members = list_in(told.members, "members");
    }
    json nodes = json::array();
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        nodes.push_back(describe(node, leader, members));
    }
    return {{"nodes", std::move(nodes)}, {"leader_id", leader_id}, {"term", term}};
}

json ClusterStatus::describe(std::size_t node, const json& leader, const json& members) const {
    const std::string& address = nodes_[node].address;
    const json& status = told_[node].status;
    json line = {{"url", address}, {"reachable", status.is_object()}, {"role", nullptr}};
    for (const auto* name : numbers) line[name] = number_in(status, name);
    const std::string role = text_in(status, "role");
    if (std::find(roles.begin(), roles.end(), role) != roles.end()) line["role"] = role;

    const json member =
        find_in(members, [&address](const json& item) { return is_node_at(item, address); });
    if (line["node_id"].is_null()) line["node_id"] = number_in(member, "id");
    line["lag"] = nullptr;
    if (!leader.is_null() && !line["node_id"].is_null()) {
        const json peer = find_in(list_in(leader, "peers"), [&line](const json& item) {
            return number_in(item, "id") == line["node_id"];
        });
        line["lag"] =
            number_in(leader, "node_id") == line["node_id"] ? json(0U) : number_in(peer, "lag");
    }
    return line;
}

}  // namespace gavel::gateway
