#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/http/response.h"
#include "common/http/service_client.h"
#include "common/runtime/scheduler.h"
#include "consensus/raft/driver/rpc_log.h"
#include "consensus/raft/driver/transport.h"
#include "consensus/raft/membership.h"

namespace gavel::raft {

// The connections of one server to the others, over HTTP. Messages to a server that become ready
// in one turn travel together. They ride in the answer to a call of that server's which waits
// here, if there is one: so an acknowledgement is the answer to the append that it acknowledges,
// and costs no request of its own. Else they are a POST.
//
// Loop thread only. Owns the clients.
class PeerLinks : public Transport {
  public:
    using MakeClient = std::function<std::unique_ptr<ServiceClient>(const std::string& url)>;
    using Receive = std::function<void(const std::string& bundle, NodeId from)>;
    struct Options {
        NodeId self = no_node;
        std::int64_t heartbeat_ms = 1'000;
        bool log_data = false;
    };

    PeerLinks(Scheduler& scheduler, const Options& options, MakeClient make_client);
    ~PeerLinks() override;
    PeerLinks(const PeerLinks&) = delete;
    PeerLinks& operator=(const PeerLinks&) = delete;

    // What comes back in answers.
    void on_receive(Receive receive) { receive_ = std::move(receive); }

    // Who calls: sent with every request.
    void set_caller(Headers headers) { caller_ = std::move(headers); }

    // The servers that can be reached now, and where; others are forgotten.
    void set_peers(const std::map<NodeId, std::string>& urls);
    // The client of a peer, for what else is asked of it; null when it is unknown.
    ServiceClient* client(NodeId peer) const;
    // A client for a server that is no peer yet. Throws std::invalid_argument for what is no URL.
    std::unique_ptr<ServiceClient> make_client(const std::string& at) const {
        return make_client_(at);
    }
    // Where a peer is; "" when it is unknown.
    std::string url(NodeId peer) const;

    // Keeps a call of that server's until there is something to answer, for a short time.
    void hold(NodeId peer, Responder respond);

    void send(Message message) override;
    void flush() override;

    RPCLog& rpc_log() { return rpc_log_; }

  private:
    struct Held {
        Responder respond;
        TimerId timeout;
    };
    struct Link {
        std::string url;                        // "" for a caller that is no known peer
        std::unique_ptr<ServiceClient> client;  // null likewise
        std::deque<Message> queue;
        std::deque<Held> held;
        std::size_t in_flight = 0;
    };

    // Keeps a client until what was asked through it is answered: others wait for that.
    void retire(std::unique_ptr<ServiceClient> client);
    void flush(NodeId peer, Link& link);
    void post(NodeId peer, Link& link);
    void answer_oldest(Link& link, std::string bundle);
    std::string next_bundle(Link& link) const;

    Scheduler& scheduler_;
    const Options options_;
    const MakeClient make_client_;
    Receive receive_;
    Headers caller_;
    RPCLog rpc_log_;
    std::map<NodeId, Link> links_;
    std::deque<std::unique_ptr<ServiceClient>> retired_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// An answer of the transport: a bundle of messages, perhaps empty.
Response bundle_response(std::string bundle);

}  // namespace gavel::raft
