#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/http/response.h"
#include "common/http/service_client.h"
#include "common/metrics/metrics_page.h"
#include "common/runtime/scheduler.h"
#include "consensus/two_phase_commit/coordinator/coordinator.h"
#include "consensus/two_phase_commit/driver/decision_store.h"

namespace gavel::two_phase {

// Owns a coordinator's core and goes round with it: clients' wishes and participants' answers go
// in, and out come calls of participants and commands to the store. Now and then it looks for
// transactions that a coordinator has left unfinished, itself in an earlier life or another one,
// and goes on with them.
//
// Loop thread only. Borrows everything it is given.
class CoordinatorDriver {
  public:
    struct Options {
        std::string name = "coordinator";
        std::vector<std::string> answering;  // whose result the client waits for
        std::int64_t vote_time_ms = 2'000;
        // A client waits so much longer than the vote may take, then it is told that it is slow.
        std::int64_t client_patience_ms = 5'000;
        std::int64_t tick_ms = 50;
        std::int64_t sweep_ms = 1'000;
        std::string token;  // CLUSTER_TOKEN, sent along; "" when there is none
        std::function<std::int64_t()> unix_now_us;
    };
    struct ParticipantLink {
        std::string name;
        ServiceClient& client;
    };
    struct Parts {
        Scheduler& scheduler;
        DecisionStore& store;
        std::vector<ParticipantLink> participants;
    };

    CoordinatorDriver(const Options& options, const Parts& parts);
    ~CoordinatorDriver();
    CoordinatorDriver(const CoordinatorDriver&) = delete;
    CoordinatorDriver& operator=(const CoordinatorDriver&) = delete;

    void start();
    // The store answers: what is unfinished is known.
    bool is_ready() const { return store_answers_; }

    // Nothing: no decision is known in time; it may still be made.
    using Answered = std::function<void(const std::optional<ClientAnswer>&)>;
    void begin(Coordinator::Request request, Answered answered);

    // A participant in doubt asks: answers when there is a decision, or "pending" after a while.
    void inquire(const Message& message, const Responder& respond);

    // What became of transactions that this coordinator has decided, and how many clients wait.
    void append_to(MetricsPage& page) const;

    DecisionStore& store() { return store_; }
    const Options& options() const { return options_; }
    // What this coordinator knows beyond the record.
    std::map<std::string, bool> votes(const std::string& id) const { return core_.votes(id); }
    std::set<std::string> acknowledged_by(const std::string& id) const {
        return core_.acknowledged_by(id);
    }

  private:
    struct Client {
        std::uint64_t number = 0;
        Answered answered;
        TimerId deadline;
    };
    struct Clients {
        std::string fingerprint;
        std::vector<Client> waiting;
    };
    struct Inquirer {
        Message message;
        Responder respond;
        TimerId deadline;
    };

    void tick();
    void sweep();
    void pump();
    void send(const Message& message);
    void command(DecisionCommand command);
    void count(const DecisionCommand& command, const DecisionOutcome& outcome);
    void answer(const ClientAnswer& answer);
    void give_up(const std::string& key, std::uint64_t client);
    bool answer_inquirer(const Message& message);
    void post(const Message& message, ServiceClient& client);
    std::int64_t now_us() const { return options_.unix_now_us(); }

    const Options options_;
    Scheduler& scheduler_;
    DecisionStore& store_;
    std::map<std::string, ServiceClient*> participants_;
    Coordinator core_;

    std::map<std::string, Clients> clients_;  // by key
    std::size_t waiting_clients_ = 0;
    std::uint64_t committed_ = 0;
    std::uint64_t aborted_ = 0;
    std::vector<Inquirer> inquirers_;
    std::uint64_t last_number_ = 0;

    // What is under way is not sent once more: the core repeats everything.
    std::set<std::tuple<MessageType, std::string, std::string>> calls_;  // type, id, to
    std::set<std::pair<DecisionCommand::Type, std::string>> commands_;   // type, key or id
    bool store_answers_ = false;
    bool sweeping_ = false;
    bool pumping_ = false;
    TimerId tick_timer_;
    TimerId sweep_timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::two_phase
