#include "evaluation/subscriber_swarm/swarm.h"

#include <algorithm>
#include <stdexcept>

#include "evaluation/client/clock.h"
#include "evaluation/client/cpu_time.h"

namespace gavel::evaluation {
namespace {

// A server's queue of connections that it has not accepted yet is short.
constexpr std::size_t opened_at_once = 100;
constexpr std::int64_t subscribe_limit_ns = 120 * ns_per_second;
constexpr std::int64_t look_ns = 20'000'000;
constexpr std::int64_t quiet_ns = 300'000'000;

}  // namespace

Swarm::Swarm(Poller& poller, const ServerAddress& server, const Options& options)
    : poller_(poller),
      server_(server),
      options_(options),
      request_("GET " + options.target + " HTTP/1.1\r\nHost: " + server.authority +
               "\r\nAccept: text/event-stream\r\n\r\n") {}

Swarm::~Swarm() = default;

bool Swarm::begun(const Subscriber& subscriber) const {
    return subscriber.subscribed() && (!options_.snapshots || subscriber.cursor().snapshots() > 0);
}

void Swarm::subscribe() {
    const std::size_t wanted = options_.subscribers + options_.stalled;
    const std::int64_t limit_ns = now_ns() + subscribe_limit_ns;
    std::size_t ready = 0;
    while (ready < wanted) {
        while (subscribers_.size() < std::min(wanted, ready + opened_at_once)) {
            const bool will_stall = subscribers_.size() >= options_.subscribers;
            subscribers_.push_back(std::make_unique<Subscriber>(poller_, log_, *this, will_stall));
            subscribers_.back()->open(server_, request_);
        }
        poller_.wait(look_ns);
        while (ready < subscribers_.size() && begun(*subscribers_[ready])) ++ready;
        if (!gone_.empty() || now_ns() > limit_ns) {
            throw std::runtime_error("only " + std::to_string(ready) + " of " +
                                     std::to_string(wanted) + " streams began" +
                                     (gone_.empty() ? "" : ": " + gone_.begin()->first));
        }
    }
    for (const auto& subscriber : subscribers_) {
        if (subscriber->will_stall()) subscriber->stall();
        received_before_ += subscriber->received_bytes();
    }
}

void Swarm::run(Workload& workload, const LoadRun::Options& options) {
    LoadRun load(poller_, server_, workload, options);
    load.observe(*this);
    load.connect();
    const double cpu_before = cpu_seconds_so_far();
    const std::int64_t begin_ns = now_ns();
    load.start();
    while (!load.ended()) poller_.wait(load.advance() - now_ns());
    seconds_ = static_cast<double>(now_ns() - begin_ns) / 1e9;
    settle();
    cpu_seconds_ = cpu_seconds_so_far() - cpu_before;
}

// Everybody who reads has all events that anybody has, and each accepted bid has some.
bool Swarm::complete() const {
    return figures_.untold() == 0 && figures_.deliveries() >= log_.size() * options_.subscribers;
}

// Until nothing has come for a while: a short one when nothing seems to be missing.
void Swarm::settle() {
    std::uint64_t deliveries = figures_.deliveries();
    std::int64_t last_progress_ns = now_ns();
    for (;;) {
        poller_.wait(look_ns);
        if (deliveries != figures_.deliveries()) {
            deliveries = figures_.deliveries();
            last_progress_ns = now_ns();
        }
        const std::int64_t patience_ns = complete() ? quiet_ns : options_.settle_ns;
        if (now_ns() > last_progress_ns + patience_ns) return;
    }
}

void Swarm::on_subscribed(Subscriber&) {
    ++subscribed_;
}

void Swarm::on_delivered(std::size_t event, std::int64_t at_ns) {
    figures_.delivered(log_.at(event), at_ns);
}

void Swarm::on_gone(Subscriber& subscriber, const std::string& why) {
    if (!subscriber.will_stall()) ++gone_[why];
}

void Swarm::on_sent(std::uint64_t tag, std::int64_t due_ns) {
    figures_.sent(tag, due_ns);
}

void Swarm::on_answered(std::uint64_t tag, int status, std::int64_t at_ns) {
    figures_.answered(tag, status, at_ns);
}

nlohmann::ordered_json Swarm::json() const {
    std::uint64_t lost = 0;
    std::uint64_t lost_history = 0;
    std::uint64_t doubled = 0;
    std::uint64_t late = 0;
    std::uint64_t further_snapshots = 0;
    std::uint64_t received = 0;
    for (const auto& subscriber : subscribers_) {
        received += subscriber->received_bytes();
        if (subscriber->will_stall()) continue;
        const StreamCursor& cursor = subscriber->cursor();
        doubled += cursor.doubled();
        late += cursor.late();
        if (options_.snapshots) further_snapshots += cursor.snapshots() - 1;
        cursor.for_each_missing([&](std::size_t event) {
            ++lost;
            if (log_.at(event).history) ++lost_history;
        });
    }
    nlohmann::ordered_json told = {{"tool", "subscriber_swarm"},
                                   {"subscribers", options_.subscribers},
                                   {"stalled", options_.stalled},
                                   {"seconds", seconds_},
                                   {"events", log_.size()},
                                   {"event_bytes", log_.end()},
                                   {"deliveries", figures_.deliveries()},
                                   {"lost", lost},
                                   {"lost_history", lost_history},
                                   {"doubled", doubled},
                                   {"late", late},
                                   {"further_snapshots", further_snapshots},
                                   {"gone", gone_},
                                   {"received_bytes", received - received_before_},
                                   {"client_cpu_seconds", cpu_seconds_}};
    told.update(figures_.json());
    return told;
}

}  // namespace gavel::evaluation
