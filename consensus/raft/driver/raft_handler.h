#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/http/json_request_handler.h"
#include "consensus/raft/driver/raft_node.h"

namespace gavel::raft {

// Raft over HTTP, in two halves. Between nodes: the calls of the paper, a binary bundle of
// messages each way, from callers that say which cluster and disk they have. For operators: JSON.
//
//     POST   /raft/request_vote, /raft/append_entries, /raft/install_snapshot, /raft/timeout_now
//     POST   /raft/hello                 which cluster is this, and may I belong to it?
//     GET    /raft/status                role, term, indexes, each peer's progress
//     GET    /raft/members
//     POST   /raft/members               {"id": 6, "url": "http://…"}: add a node
//     DELETE /raft/members/<id>          remove one
//     POST   /raft/transfer_leadership   {"target": 3}, or {} for the one that is furthest
//
// Changes are made by the leader; another node passes them on. Loop thread only. Borrows the node.
class RaftHandler : public JSONRequestHandler {
  public:
    RaftHandler(Scheduler& scheduler, RaftNode& node);
    ~RaftHandler() override;

  private:
    void take_messages(const JSONRequest& request, const Responder& respond);
    void hello(const JSONRequest& request, const Responder& respond);
    Response status(const JSONRequest& request);
    Response members(const JSONRequest& request);
    void add_member(const JSONRequest& request, const Responder& respond);
    void remove_member(const JSONRequest& request, const Responder& respond);
    void transfer_leadership(const JSONRequest& request, const Responder& respond);

    // True when this node leads and is to do it; else the request was passed on or refused.
    bool leads(const JSONRequest& request, const Responder& respond);
    void add_with_disk(NodeId id, const std::string& url, const std::string& disk_id,
                       const Responder& respond);
    void answer_when_applied(const Proposed& proposed, const Responder& respond);
    // Asks `done` again and again until it gives an answer, or the time is over (504).
    void wait_for(std::function<bool(const Responder&)> done, const Responder& respond);
    void check_again(const std::shared_ptr<std::function<bool(const Responder&)>>& done,
                     std::int64_t deadline_us, const Responder& respond);
    Response members_response(int status) const;

    Scheduler& scheduler_;
    RaftNode& node_;
    std::map<std::string, std::unique_ptr<ServiceClient>> strangers_;  // by url, being added
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::raft
