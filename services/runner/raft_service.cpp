#include "services/runner/raft_service.h"

#include "services/runner/auction_resource.h"

namespace gavel {

RaftService::RaftService(Scheduler& scheduler, const Options& options,
                         const raft::PeerLinks::MakeClient& make_client)
    : scheduler_(scheduler),
      options_(options),
      node_({scheduler, make_client, [] { return std::make_unique<Worker>("raft-disk"); }},
            options.node,
            [this](const raft::RaftNode::Opening& opening) -> raft::StateMachine& {
                return open(opening);
            }),
      raft_handler_(scheduler, node_),
      front_(node_, raft_handler_, options.identity) {
    node_.on_fatal(options_.on_fatal);
    node_.on_open([this] {
        house_->set_driver(*node_.driver());
        front_.serve(*house_);
    });
    node_.on_change([this] { leadership_changed(); });
}

RaftService::~RaftService() = default;

raft::StateMachine& RaftService::open(const raft::RaftNode::Opening& opening) {
    house_ = std::make_unique<ReplicatedHouse>(
        scheduler_,
        ReplicatedHouse::Options{opening.cluster_id, opening.storage_path, options_.unix_now_us,
                                 [this] { return next_node(); }},
        opening.snapshot.last.index, opening.data);
    return *house_;
}

void RaftService::leadership_changed() {
    house_->leadership_changed();
    if (!options_.participant) return;
    const auto term = node_.driver()->core().term();
    if (leads() && participation_ != nullptr && participating_term_ == term) return;
    // What the last leadership was asked, it no longer answers: whoever asked asks again.
    front_.participate(nullptr);
    participation_.reset();
    if (!leads()) return;
    participating_term_ = term;
    participation_ = std::make_unique<Participation>(
        scheduler_, *options_.participant,
        std::make_unique<AuctionResource>(scheduler_, *house_,
                                          [this] { return house_->has_all_of_earlier_terms(); }),
        raft_handler_);
    front_.participate(&participation_->handler());
    participation_->start();
}

// One member after the other.
ServiceClient* RaftService::next_node() {
    if (node_.driver() == nullptr) return nullptr;
    raft::NodeId first = raft::no_node;
    for (const auto& member : node_.driver()->core().membership().members()) {
        if (member.id == node_.id()) continue;
        if (first == raft::no_node) first = member.id;
        if (member.id > last_asked_) {
            last_asked_ = member.id;
            return node_.links().client(member.id);
        }
    }
    last_asked_ = first;
    return node_.links().client(first);
}

bool RaftService::leads() {
    return node_.driver() != nullptr && node_.driver()->core().role() == raft::Role::leader;
}

bool RaftService::hand_over_leadership() {
    return leads() && node_.driver()->hand_over_leadership();
}

void RaftService::append_to(MetricsPage& page) {
    front_.append_to(page);
    if (node_.driver() != nullptr) node_.driver()->append_to(page);
}

void RaftService::shut_down() {
    if (house_ != nullptr) house_->feed().release_waiters();
}

}  // namespace gavel
