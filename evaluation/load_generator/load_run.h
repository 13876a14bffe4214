#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "evaluation/client/channel.h"
#include "evaluation/client/observed_processes.h"
#include "evaluation/client/pacer.h"
#include "evaluation/client/poller.h"
#include "evaluation/client/server_address.h"
#include "evaluation/load_generator/load_figures.h"
#include "evaluation/load_generator/workload.h"

namespace gavel::evaluation {

// Puts a workload upon a server and measures what comes back. Borrows all it is given.
//
// Closed loop: each connection sends its next request when it has its answer; what the answers take
// in the measured time counts. Open loop: requests are due at a fixed rate, whether answers come or
// not; one that finds no free connection waits, and its latency counts from when it was due, so
// that a server that stalls cannot keep the load from telling of it.
class LoadRun : public Channel::Listener {
  public:
    struct Options {
        std::size_t connections = 64;
        double rate = 0;  // requests a second of an open loop; 0: closed loop
        std::int64_t warmup_ns = 0;
        std::int64_t measured_ns = 0;    // 0: until the workload ends, or max_requests are answered
        std::uint64_t max_requests = 0;  // 0: no such end
        std::int64_t answer_timeout_ns = 10'000'000'000;
        std::int64_t connect_timeout_ns = 30'000'000'000;
    };
    // Told of requests one by one, by those who want to know more than figures.
    class Observer {
      public:
        virtual ~Observer() = default;
        virtual void on_sent(std::uint64_t tag, std::int64_t due_ns) = 0;
        virtual void on_answered(std::uint64_t tag, int status, std::int64_t now_ns) = 0;
    };

    LoadRun(Poller& poller, const ServerAddress& server, Workload& workload,
            const Options& options);
    ~LoadRun() override;

    void observe(Observer& observer) { observer_ = &observer; }
    // Also tells what these used while it measured.
    void observe(const ObservedProcesses& servers) { servers_ = &servers; }

    // Opens all connections and waits for them. Throws std::runtime_error in a sentence.
    void connect();
    // All of it: start(), then advance() and wait until it has ended.
    LoadFigures run();

    void start();
    // Sends what is due and looks for what is overdue. Returns when it wants to be called again.
    std::int64_t advance();
    // Everything that was to be sent has its answer, or has waited too long for it.
    bool ended() const { return ended_; }
    LoadFigures take_figures();

  private:
    // What a channel is doing.
    struct Use {
        bool connected = false;
        std::int64_t sent_ns = 0;  // 0: no request in flight
        std::int64_t due_ns = 0;
        std::uint64_t tag = 0;
    };

    void on_connected(Channel& channel) override;
    void on_answer(Channel& channel, const AnswerReader& answer) override;
    void on_failure(Channel& channel, std::string_view why) override;

    void give_work(Channel& channel, std::int64_t now_ns);
    bool send_next(Channel& channel, std::int64_t due_ns, std::int64_t now_ns);
    void send_due(std::int64_t now_ns);
    void sweep(std::int64_t now_ns);
    void begin_measuring();
    void disconnected(Use& use);
    std::uint64_t received_bytes() const;
    void end_if_done(std::int64_t now_ns);
    bool may_send(std::int64_t due_ns) const;
    bool is_measured(std::int64_t due_ns, std::int64_t now_ns) const;

    Poller& poller_;
    const ServerAddress& server_;
    Workload& workload_;
    const Options options_;
    Observer* observer_ = nullptr;
    const ObservedProcesses* servers_ = nullptr;

    std::vector<std::unique_ptr<Channel>> channels_;
    std::vector<Use> uses_;            // by channel
    std::deque<std::size_t> idle_;     // an open loop's channels that have nothing to do
    std::vector<std::size_t> broken_;  // to be opened again by the next sweep
    std::size_t connected_ = 0;
    std::size_t flying_ = 0;

    std::optional<Pacer> pacer_;
    bool running_ = false;
    bool measuring_ = false;
    bool workload_ended_ = false;
    bool ended_ = false;
    std::uint64_t sent_ = 0;
    std::int64_t measured_from_ns_ = 0;
    std::int64_t measured_to_ns_ = 0;  // 0: open
    std::int64_t last_answer_ns_ = 0;
    std::int64_t next_sweep_ns_ = 0;
    // Of what was before the measurement.
    double cpu_before_ = 0;
    double server_cpu_before_ = 0;
    std::uint64_t received_before_ = 0;
    LoadFigures figures_;
};

}  // namespace gavel::evaluation
