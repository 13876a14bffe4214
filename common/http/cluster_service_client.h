#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "common/http/service_client.h"
#include "common/runtime/scheduler.h"

namespace gavel {

// Which node leads, in the answers of a service that is several: "self", or the leader's URL.
inline constexpr const char* leader_header = "Gavel-Leader";

// Reaches a service that is several nodes of which one leads, over a client for each of them. Any
// node answers anything; one that knows no leader, while one is elected, answers writes with 503.
//
// - A write goes to the node that leads, as far as answers have told. It is tried for
//   limits::cluster_timeout_ms, or for its own time limit when that is longer.
// - A read stays with one node, so that it never sees an older state than before, and moves on
//   when that one fails. It is tried for its own time limit.
// - A try that failed is repeated at the next node after a pause. One that may have taken effect
//   (no answer, or 504) only if the request is `repeatable`; 503 and a node that was not reached
//   mean that nothing was done. All other answers are the caller's.
// - Each try has limits::cluster_try_timeout_ms. One that cannot be repeated has all the time
//   there is.
// - A long poll, which is a read with "wait_ms" in its query, is tried at most once at each node,
//   and each try has its own time limit: its caller asks again anyway.
//
// When the time is over, what may have taken effect has ServiceFailure::timed_out, anything else
// an answer 503 with Retry-After. Loop thread only.
class ClusterServiceClient : public ServiceClient {
  public:
    struct Node {
        std::string url;  // as the nodes call each other, with or without a slash at the end
        std::unique_ptr<ServiceClient> client;
    };

    // `service` is named in what callers are told. `seed` decides the first node and the pauses.
    // REQUIRES: there is a node.
    ClusterServiceClient(std::string service, std::vector<Node> nodes, Scheduler& scheduler,
                         std::uint64_t seed);
    ~ClusterServiceClient() override;
    ClusterServiceClient(const ClusterServiceClient&) = delete;
    ClusterServiceClient& operator=(const ClusterServiceClient&) = delete;

    void send(ServiceRequest request, Callback callback) override;

  private:
    enum class Kind : std::uint8_t { write, read, long_poll };
    struct Call {
        ServiceRequest request;
        Callback callback;
        Kind kind = Kind::write;
        std::int64_t deadline_us = 0;
        std::int64_t pause_ms = 0;        // before the next try
        std::size_t node = 0;             // of the last try
        std::vector<bool> failed;         // nodes of this round
        bool may_have_happened = false;   // after some try
        std::optional<Response> refusal;  // 503 of the node that leads: it knows better why
        TimerId timer;
    };
    using CallPointer = std::shared_ptr<Call>;

    void try_once(const CallPointer& call);
    void answered(const CallPointer& call, ServiceResult result);
    // A try at `call->node` came to nothing.
    void try_next(const CallPointer& call, const ServiceResult& result);
    void give_up(const CallPointer& call);
    void finish(const CallPointer& call, ServiceResult result);

    // Where calls of that kind go now.
    std::size_t& preferred(Kind kind) { return kind == Kind::write ? leader_ : reading_node_; }
    std::size_t choose_node(Call& call);
    void learn(const Call& call, const Response& answer);
    // The node that was asked has failed: the next requests go to another one first.
    void move_on(const Call& call);
    std::int64_t next_pause_us(Call& call);

    const std::string service_;
    std::vector<Node> nodes_;
    Scheduler& scheduler_;
    std::mt19937_64 random_;
    std::size_t leader_ = 0;  // or a guess, when no answer has told
    bool leader_known_ = false;
    std::size_t reading_node_ = 0;
    std::unordered_set<CallPointer> calls_;  // in progress
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
