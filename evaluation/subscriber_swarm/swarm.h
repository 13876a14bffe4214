#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluation/client/poller.h"
#include "evaluation/client/server_address.h"
#include "evaluation/load_generator/load_run.h"
#include "evaluation/load_generator/workload.h"
#include "evaluation/subscriber_swarm/delivery_figures.h"
#include "evaluation/subscriber_swarm/event_log.h"
#include "evaluation/subscriber_swarm/subscriber.h"

namespace gavel::evaluation {

// Many subscribers of one event stream, and what reaches them when somebody bids. Borrows all it is
// given.
class Swarm : public Subscriber::Listener, public LoadRun::Observer {
  public:
    struct Options {
        std::size_t subscribers = 1000;
        std::size_t stalled = 0;  // further ones, that stop reading when all are there
        std::string target = "/api/updates/stream";
        bool snapshots = true;  // a stream begins with one
        std::int64_t settle_ns = 10'000'000'000;
    };

    Swarm(Poller& poller, const ServerAddress& server, const Options& options);
    ~Swarm() override;

    // Opens all streams and waits until each has begun. Throws std::runtime_error in a sentence.
    void subscribe();
    // Bids, or publishes, as the load has it; returns when everybody has everything, or nothing
    // more has come for the settle time.
    void run(Workload& workload, const LoadRun::Options& load);

    nlohmann::ordered_json json() const;

  private:
    void on_subscribed(Subscriber& subscriber) override;
    void on_delivered(std::size_t event, std::int64_t at_ns) override;
    void on_gone(Subscriber& subscriber, const std::string& why) override;
    void on_sent(std::uint64_t tag, std::int64_t due_ns) override;
    void on_answered(std::uint64_t tag, int status, std::int64_t now_ns) override;

    bool begun(const Subscriber& subscriber) const;
    bool complete() const;
    void settle();

    Poller& poller_;
    const ServerAddress& server_;
    const Options options_;
    std::string request_;
    EventLog log_;
    DeliveryFigures figures_;
    std::vector<std::unique_ptr<Subscriber>> subscribers_;
    std::size_t subscribed_ = 0;
    std::map<std::string, std::uint64_t> gone_;  // by why
    double cpu_seconds_ = 0;
    double seconds_ = 0;
    std::uint64_t received_before_ = 0;
};

}  // namespace gavel::evaluation
