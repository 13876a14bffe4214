#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "consensus/raft/membership.h"

namespace gavel::raft {

// Where a member is and which disk it has. A node id belongs to one disk for ever: a server that
// lost its disk has forgotten its votes, and must come back under another id (thesis 11.7.2). The
// membership carries both in a member's address.
struct MemberAddress {
    std::string url;
    std::string disk_id;

    std::string text() const { return url + " " + disk_id; }
    static MemberAddress parse(const std::string& text);
};

// Which server this is, kept in a file of its own beside the log, written durably.
//
// A disk gets a random id when it is first used. The cluster's id follows from the disks that it
// was begun with; it is empty until this server knows it, and from then on the log must be there.
class NodeIdentity {
  public:
    // Reads the file, or makes it with `fresh_disk_id`. Throws std::runtime_error in a sentence
    // that says what to do when it tells of another node or another list of peers.
    NodeIdentity(std::string path, NodeId node_id, std::string peers, std::string fresh_disk_id);

    NodeId node_id() const { return node_id_; }
    const std::string& disk_id() const { return disk_id_; }
    // RAFT_PEERS as the cluster was begun with, in one form.
    const std::string& peers() const { return peers_; }
    const std::string& cluster_id() const { return cluster_id_; }

    // Durable on return.
    void adopt_cluster(const std::string& cluster_id);

  private:
    void write() const;

    std::string path_;
    NodeId node_id_;
    std::string disk_id_;
    std::string peers_;
    std::string cluster_id_;
};

// "1=http://a:9001,2=http://b:9001", sorted by id.
std::string canonical_peers(const std::map<NodeId, std::string>& peers);

// The id of the cluster that begins with these members.
std::string cluster_id_of(const Membership& initial);

}  // namespace gavel::raft
