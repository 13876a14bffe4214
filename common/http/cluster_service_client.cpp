#include "common/http/cluster_service_client.h"

#include <algorithm>
#include <cassert>
#include <string_view>

#include "common/limits.h"

namespace gavel {
namespace {

constexpr std::int64_t first_pause_ms = 20;
constexpr std::int64_t max_pause_ms = 200;

std::string_view without_slash(std::string_view url) {
    if (url.ends_with('/')) url.remove_suffix(1);
    return url;
}

bool is_long_poll(std::string_view target) {
    const auto query = target.find('?');
    if (query == std::string_view::npos) return false;
    target.remove_prefix(query);
    return target.find("?wait_ms=") == 0 || target.find("&wait_ms=") != std::string_view::npos;
}

bool may_have_happened(const ServiceResult& result) {
    if (result.ok()) return result.response.status == 504;
    return result.failure == ServiceFailure::lost || result.failure == ServiceFailure::timed_out;
}

// The answer is about this node's state, not about the request: another one may do better.
bool is_node_failure(const ServiceResult& result) {
    if (result.ok()) return result.response.status == 503 || result.response.status == 504;
    return may_have_happened(result) || result.failure == ServiceFailure::unreachable;
}

}  // namespace

ClusterServiceClient::ClusterServiceClient(std::string service, std::vector<Node> nodes,
                                           Scheduler& scheduler, std::uint64_t seed)
    : service_(std::move(service)), nodes_(std::move(nodes)), scheduler_(scheduler), random_(seed) {
    assert(!nodes_.empty());
    reading_node_ = leader_ = random_() % nodes_.size();
}

ClusterServiceClient::~ClusterServiceClient() {
    *alive_ = false;
    for (const auto& call : calls_) scheduler_.cancel(call->timer);
}

void ClusterServiceClient::send(ServiceRequest request, Callback callback) {
    if (calls_.size() >= limits::max_queued_requests) {
        callback({ServiceFailure::overloaded, {}});
        return;
    }
    const auto call = std::make_shared<Call>();
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (reads) call->kind = is_long_poll(request.target) ? Kind::long_poll : Kind::read;
    const auto patience_ms =
        reads ? request.timeout_ms : std::max(request.timeout_ms, limits::cluster_timeout_ms);
    call->deadline_us = scheduler_.now_us() + patience_ms * 1000;
    call->request = std::move(request);
    call->request.repeatable = call->request.repeatable || reads;
    call->callback = std::move(callback);
    call->failed.assign(nodes_.size(), false);
    call->node = preferred(call->kind);
    calls_.insert(call);
    try_once(call);
}

void ClusterServiceClient::try_once(const CallPointer& call) {
    call->node = choose_node(*call);
    ServiceRequest request = call->request;
    if (call->kind != Kind::long_poll) {
        const auto left_ms =
            std::max<std::int64_t>((call->deadline_us - scheduler_.now_us()) / 1000, 1);
        request.timeout_ms =
            request.repeatable ? std::min(left_ms, limits::cluster_try_timeout_ms) : left_ms;
    }
    nodes_[call->node].client->send(std::move(request),
                                    [this, alive = alive_, call](ServiceResult result) {
                                        if (*alive) answered(call, std::move(result));
                                    });
}

void ClusterServiceClient::answered(const CallPointer& call, ServiceResult result) {
    if (result.ok()) learn(*call, result.response);
    if (!is_node_failure(result)) {
        finish(call, std::move(result));
        return;
    }
    move_on(*call);
    call->may_have_happened = call->may_have_happened || may_have_happened(result);
    if (may_have_happened(result) && !call->request.repeatable) {
        finish(call, std::move(result));
        return;
    }
    try_next(call, result);
}

void ClusterServiceClient::move_on(const Call& call) {
    std::size_t& node = preferred(call.kind);
    if (node != call.node) return;
    node = (node + 1) % nodes_.size();
    if (call.kind == Kind::write) leader_known_ = false;
}

void ClusterServiceClient::try_next(const CallPointer& call, const ServiceResult& result) {
    call->failed[call->node] = true;
    if (result.ok() && result.response.headers.find(leader_header) == "self") {
        call->refusal = result.response;
    }
    const bool round_is_over =
        std::all_of(call->failed.begin(), call->failed.end(), [](bool failed) { return failed; });
    const auto due_us = scheduler_.now_us() + next_pause_us(*call);
    if (due_us >= call->deadline_us || (round_is_over && call->kind == Kind::long_poll)) {
        give_up(call);
        return;
    }
    if (round_is_over) call->failed.assign(nodes_.size(), false);
    call->timer = scheduler_.call_at(due_us, [this, call] { try_once(call); });
}

void ClusterServiceClient::give_up(const CallPointer& call) {
    if (call->may_have_happened) {
        finish(call, {ServiceFailure::timed_out, {}});
    } else if (call->refusal) {
        finish(call, {ServiceFailure::none, std::move(*call->refusal)});
    } else {
        finish(call,
               {ServiceFailure::none, JSONResponse::unavailable("no node of the " + service_ +
                                                                " can do this now, try again")});
    }
}

void ClusterServiceClient::finish(const CallPointer& call, ServiceResult result) {
    calls_.erase(call);
    const auto callback = std::exchange(call->callback, nullptr);
    callback(std::move(result));
}

std::size_t ClusterServiceClient::choose_node(Call& call) {
    if (const auto best = preferred(call.kind); !call.failed[best]) return best;
    std::size_t node = call.node;
    do {
        node = (node + 1) % nodes_.size();
    } while (call.failed[node]);
    return node;
}

void ClusterServiceClient::learn(const Call& call, const Response& answer) {
    // What a read is answered may be older than what the last write was: its node may lag behind.
    if (call.kind != Kind::write && leader_known_) return;
    const auto leader = answer.headers.find(leader_header);
    if (!leader) return;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const bool leads = *leader == "self"
                               ? i == call.node
                               : without_slash(*leader) == without_slash(nodes_[i].url);
        if (!leads) continue;
        leader_ = i;
        leader_known_ = true;
        return;
    }
}

std::int64_t ClusterServiceClient::next_pause_us(Call& call) {
    call.pause_ms = std::clamp(call.pause_ms * 2, first_pause_ms, max_pause_ms);
    // Between half of it and all of it, so that those who failed together do not come together.
    const auto half_us = call.pause_ms * 500;
    return half_us + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(half_us));
}

}  // namespace gavel
