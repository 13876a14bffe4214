#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/http/response.h"
#include "common/http/service_client.h"

namespace gavel::gateway {

// How the nodes of a replicated auction service are, for people who watch them: asks all of them
// at once and puts together what they say. Whoever asks meanwhile gets the same answer, so that
// any number of watchers costs the nodes one question at a time.
//
// Loop thread only. Borrows the clients.
class ClusterStatus {
  public:
    struct Node {
        std::string address;  // "host:port", as it is shown
        ServiceClient& client;
    };

    // No nodes: the auction service is no cluster.
    explicit ClusterStatus(std::vector<Node> nodes);
    ~ClusterStatus();
    ClusterStatus(const ClusterStatus&) = delete;
    ClusterStatus& operator=(const ClusterStatus&) = delete;

    // Answers {"nodes": […], "leader_id": …, "term": …}, within limits::cluster_status_timeout_ms.
    //
    // - A node that did not say how it is within that time has "reachable": false and null for
    //   what only it knows.
    // - "term" is the highest term that a node told of, "leader_id" who leads it by their account:
    //   null while they elect, and a node that has just gone until they notice.
    // - "lag" is how many entries of the leader's log a node has not confirmed, by the leader's
    //   account: it is known of a node that cannot be reached, and null while nobody leads.
    //
    // Without a cluster the answer is {"nodes": []}.
    void read(const Responder& respond);

  private:
    // What came back from one node; null what did not.
    struct Told {
        nlohmann::json status;
        nlohmann::json members;
    };

    void ask(std::size_t node, const char* target, nlohmann::json Told::*field);
    void finish();
    nlohmann::json overview() const;
    nlohmann::json describe(std::size_t node, const nlohmann::json& leader,
                            const nlohmann::json& members) const;

    std::vector<Node> nodes_;
    std::vector<Told> told_;  // in this round
    std::size_t open_questions_ = 0;
    std::vector<Responder> waiting_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::gateway
