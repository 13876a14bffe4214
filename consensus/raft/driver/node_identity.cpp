#include "consensus/raft/driver/node_identity.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/storage/durable_file.h"

namespace gavel::raft {

MemberAddress MemberAddress::parse(const std::string& text) {
    const auto space = text.find(' ');
    if (space == std::string::npos) return {text, ""};
    return {text.substr(0, space), text.substr(space + 1)};
}

NodeIdentity::NodeIdentity(std::string path, NodeId node_id, std::string peers,
                           std::string fresh_disk_id)
    : path_(std::move(path)), node_id_(node_id), peers_(std::move(peers)) {
    if (!std::filesystem::exists(path_)) {
        disk_id_ = std::move(fresh_disk_id);
        write();
        return;
    }
    std::ifstream file(path_);
    const auto stored = nlohmann::json::parse(file, nullptr, false);
    NodeId stored_id = no_node;
    std::string stored_peers;
    try {
        stored_id = stored.at("node_id").get<NodeId>();
        disk_id_ = stored.at("disk_id").get<std::string>();
        cluster_id_ = stored.at("cluster_id").get<std::string>();
        stored_peers = stored.at("peers").get<std::string>();
    } catch (const nlohmann::json::exception&) {
        throw std::runtime_error(path_ +
                                 ": this file is damaged; wipe the data folder and let the node "
                                 "join again under a new RAFT_NODE_ID");
    }
    if (stored_id != node_id_) {
        throw std::runtime_error(path_ + ": this is the data of node " + std::to_string(stored_id) +
                                 ", not of node " + std::to_string(node_id_) +
                                 "; check RAFT_NODE_ID and DATA_DIR");
    }
    if (!cluster_id_.empty() && stored_peers != peers_) {
        throw std::runtime_error(
            path_ + ": the cluster was begun with RAFT_PEERS=" + stored_peers + ", but it is now " +
            peers_ + "; keep the list as it was: members are changed with /raft/members");
    }
    if (stored_peers != peers_) write();
}

void NodeIdentity::adopt_cluster(const std::string& cluster_id) {
    cluster_id_ = cluster_id;
    write();
}

void NodeIdentity::write() const {
    const nlohmann::json identity = {{"node_id", node_id_},
                                     {"disk_id", disk_id_},
                                     {"peers", peers_},
                                     {"cluster_id", cluster_id_}};
    write_durably(path_, identity.dump(2) + "\n");
}

std::string canonical_peers(const std::map<NodeId, std::string>& peers) {
    std::string text;
    for (const auto& [id, url] : peers) {
        if (!text.empty()) text += ',';
        text += std::to_string(id) + "=" + url;
    }
    return text;
}

std::string cluster_id_of(const Membership& initial) {
    // FNV-1a: the disk ids are random already, so that any mixing of them is a name of its own.
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : initial.encode()) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    static constexpr char digits[] = "0123456789abcdef";
    std::string text = "r";
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[(hash >> shift) & 15];
    return text;
}

}  // namespace gavel::raft
