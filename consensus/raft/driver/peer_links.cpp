#include "consensus/raft/driver/peer_links.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/http/request_id.h"
#include "common/limits.h"
#include "consensus/raft/driver/message_bundle.h"
#include "consensus/raft/limits.h"

namespace gavel::raft {
namespace {

// A body stays below what a server takes (limits::max_body_bytes).
constexpr std::size_t max_bundle_bytes = 768 * 1024;
// So many calls to one server may be under way; what comes meanwhile waits and travels together.
constexpr std::size_t max_in_flight = 4;
// What waits above this is dropped, the oldest first: Raft sends again what matters.
constexpr std::size_t max_queued_messages = 1'024;
// A call is kept so long when there is nothing to say; the caller has others.
constexpr std::int64_t hold_ms = 100;
// Below max_in_flight, or calls that wait here would keep the caller from calling.
constexpr std::size_t max_held = 2;
constexpr std::int64_t min_timeout_ms = 250;
constexpr std::int64_t max_timeout_ms = 2'000;
// Above what any request to another node may take.
constexpr std::int64_t retire_ms = gavel::limits::service_timeout_ms + 1'000;

}  // namespace

Response bundle_response(std::string bundle) {
    Response response;
    response.status = 200;
    response.headers.set("Content-Type", "application/octet-stream");
    response.body = std::move(bundle);
    return response;
}

PeerLinks::PeerLinks(Scheduler& scheduler, const Options& options, MakeClient make_client)
    : scheduler_(scheduler),
      options_(options),
      make_client_(std::move(make_client)),
      rpc_log_(options_.self, options_.heartbeat_ms, options_.log_data) {}

PeerLinks::~PeerLinks() {
    *alive_ = false;
    for (auto& [peer, link] : links_) {
        for (const auto& held : link.held) scheduler_.cancel(held.timeout);
    }
}

void PeerLinks::set_peers(const std::map<NodeId, std::string>& urls) {
    for (auto link = links_.begin(); link != links_.end();) {
        if (urls.count(link->first) > 0) {
            ++link;
            continue;
        }
        while (!link->second.held.empty()) answer_oldest(link->second, {});
        retire(std::move(link->second.client));
        link = links_.erase(link);
    }
    for (const auto& [peer, where] : urls) {
        auto& link = links_[peer];
        if (link.url == where) continue;
        link.url = where;
        retire(std::exchange(link.client, make_client_(where)));
    }
}

void PeerLinks::retire(std::unique_ptr<ServiceClient> client) {
    if (client == nullptr) return;
    retired_.push_back(std::move(client));
    scheduler_.call_after_ms(retire_ms, [this, alive = alive_] {
        if (*alive) retired_.pop_front();
    });
}

ServiceClient* PeerLinks::client(NodeId peer) const {
    const auto found = links_.find(peer);
    return found == links_.end() ? nullptr : found->second.client.get();
}

std::string PeerLinks::url(NodeId peer) const {
    const auto found = links_.find(peer);
    return found == links_.end() ? "" : found->second.url;
}

void PeerLinks::hold(NodeId peer, Responder respond) {
    // A server that joins may be called by a leader of which it has not heard: what there is to
    // say to it can only ride in the answers to its calls.
    if (links_.count(peer) == 0 && links_.size() >= limits::max_members) {
        respond(bundle_response({}));
        return;
    }
    auto& link = links_[peer];
    const auto timeout = scheduler_.call_after_ms(hold_ms, [this, peer] {
        // Held calls end in the order in which they came, so it is the oldest.
        const auto again = links_.find(peer);
        if (again != links_.end() && !again->second.held.empty()) {
            answer_oldest(again->second, {});
        }
    });
    link.held.push_back({std::move(respond), timeout});
    if (link.held.size() > max_held) answer_oldest(link, {});
}

void PeerLinks::send(Message message) {
    const auto found = links_.find(message.to);
    if (found == links_.end()) return;
    rpc_log_.sent(message, scheduler_.now_us());
    auto& queue = found->second.queue;
    queue.push_back(std::move(message));
    if (queue.size() > max_queued_messages) queue.pop_front();
}

void PeerLinks::flush() {
    for (auto& [peer, link] : links_) flush(peer, link);
}

void PeerLinks::flush(NodeId peer, Link& link) {
    while (!link.queue.empty()) {
        if (!link.held.empty()) {
            answer_oldest(link, next_bundle(link));
        } else if (link.client != nullptr && link.in_flight < max_in_flight) {
            post(peer, link);
        } else {
            return;
        }
    }
}

// Messages of one route, in order, as many as fit.
std::string PeerLinks::next_bundle(Link& link) const {
    MessageBundle bundle;
    const char* const route = route_of(link.queue.front().type);
    while (!link.queue.empty() && std::strcmp(route_of(link.queue.front().type), route) == 0 &&
           bundle.add(link.queue.front(), max_bundle_bytes)) {
        link.queue.pop_front();
    }
    return bundle.take();
}

void PeerLinks::answer_oldest(Link& link, std::string bundle) {
    const Held held = std::move(link.held.front());
    link.held.pop_front();
    scheduler_.cancel(held.timeout);
    held.respond(bundle_response(std::move(bundle)));
}

void PeerLinks::post(NodeId peer, Link& link) {
    ServiceRequest request;
    request.method = "POST";
    request.target = route_of(link.queue.front().type);
    request.body = next_bundle(link);
    request.headers = caller_;
    request.request_id = make_request_id();
    // A server that was cut off must not keep calls waiting for longer than an election.
    request.timeout_ms = std::clamp(options_.heartbeat_ms, min_timeout_ms, max_timeout_ms);
    ++link.in_flight;
    link.client->send(std::move(request),
                      [this, alive = alive_, peer](const ServiceResult& result) {
                          if (!*alive) return;
                          const auto found = links_.find(peer);
                          if (found == links_.end()) return;
                          auto& again = found->second;
                          if (again.in_flight > 0) --again.in_flight;
                          if (result.ok() && result.response.status == 200 &&
                              !result.response.body.empty() && receive_) {
                              receive_(result.response.body, peer);
                          }
                          flush(peer, again);
                      });
}

}  // namespace gavel::raft
