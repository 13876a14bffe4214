#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "consensus/raft/raft_core.h"
#include "consensus/raft/raft_invariants.h"
#include "tests/simulation/profile.h"
#include "tests/simulation/sim_storage.h"
#include "tests/simulation/state_machine.h"

namespace gavel::simulation {

// What a run did; sums of many runs are printed.
struct Statistics {
    std::uint64_t events = 0;
    std::uint64_t simulated_us = 0;
    std::uint64_t messages = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t corrupted = 0;
    std::uint64_t elections_won = 0;
    std::uint64_t writes = 0;
    std::uint64_t retries = 0;
    std::uint64_t reads = 0;
    std::uint64_t snapshots = 0;
    std::uint64_t installs = 0;
    std::uint64_t changes = 0;
    std::map<std::string, std::uint64_t> faults;

    void add(const Statistics& other);
};

// One seed: a cluster of production cores over simulated disks, network and time, with clients, an
// operator and faults. First everything goes wrong, and nothing unsafe may happen; then all heals,
// and the cluster must get on. The same seed gives the same run.
class Simulation {
  public:
    Simulation(std::uint64_t seed, bool trace);
    ~Simulation();

    // What went wrong, or nothing.
    std::optional<std::string> run();
    const Statistics& statistics() const { return statistics_; }

  private:
    enum class EventKind : std::uint8_t {
        tick,
        message,
        disk_done,
        disk_retry,
        apply_done,
        restart,
        resume,
        client_begin,
        client_request,
        client_answer,
        client_timeout,
        fault,
        heal,  // one network fault ends
        disk_heals,
    };
    struct Event {
        std::uint64_t at_us;
        std::uint64_t order;
        EventKind kind;
        std::uint32_t target;  // a server, or a client
        std::uint64_t life;    // of the server; the event dies with it
        std::uint64_t value;   // a message's or request's place, and so on

        bool operator>(const Event& other) const {
            return at_us != other.at_us ? at_us > other.at_us : order > other.order;
        }
    };
    struct Request {
        std::uint32_t client = 0;
        bool is_read = false;
        std::uint64_t serial = 0;
        std::uint64_t attempt = 0;
        raft::Index floor = 0;  // what had taken effect for anyone when it was first asked
        // of the answer
        bool done = false;
        raft::Index index = 0;
        raft::NodeId hint = raft::no_node;
    };
    struct Client {
        Request request;
        bool busy = false;
        raft::NodeId server = 1;
    };
    struct Server {
        raft::NodeId id = raft::no_node;
        std::unique_ptr<SimStorage> storage;
        std::unique_ptr<raft::RaftCore> core;  // null while it is down
        StateMachine machine;
        std::uint64_t life = 0;
        bool paused = false;
        bool leading = false;
        std::vector<Event> deferred;
        double clock_rate = 1;
        std::uint64_t disk_slowness = 1;
        bool disk_full = false;
        bool crash_at_vote = false;
        bool disk_busy = false;
        std::optional<raft::PersistBatch> saving;
        std::optional<raft::SnapshotMeta> snapshotting;
        std::vector<raft::Entry> applying;
        std::map<raft::Index, std::pair<raft::Term, Request>> writes;
        std::map<std::uint64_t, Request> reads;         // by context
        std::multimap<raft::Index, Request> confirmed;  // by the index that they wait for
        std::uint64_t contexts = 0;

        explicit Server(std::size_t clients) : machine(clients) {}
    };

    void schedule(std::uint64_t in_us, EventKind kind, std::uint32_t target, std::uint64_t life = 0,
                  std::uint64_t value = 0);
    void run_until(std::uint64_t end_us);
    void handle(const Event& event);
    bool is_for_server(EventKind kind) const { return kind <= EventKind::apply_done; }
    void handle_server(const Event& event, Server& server);

    // servers
    Server& add_server(raft::NodeId id, const raft::Membership& initial);
    void start(Server& server);
    void crash(Server& server, const char* why, bool soon_back = false);
    void check(Server& server);
    void pump(Server& server);
    void persist(Server& server);
    void disk_done(Server& server);
    void apply(Server& server, const std::vector<raft::Entry>& entries);
    void maybe_snapshot(Server& server);
    void answer_confirmed(Server& server);
    Server* leader();
    Server& any_server() { return *servers_[random_.between(0, servers_.size() - 1)]; }

    // network
    void send(Server& from, raft::Message message);
    void deliver(raft::Message message, std::uint64_t in_us);
    bool& cut(raft::NodeId from, raft::NodeId to) { return cut_[from * max_servers + to]; }
    void heal_network();

    // clients
    void begin(std::uint32_t client);
    void ask(std::uint32_t client);
    void serve(Server& server, Request request);
    void answer(const Request& request);
    void take_answer(const Request& request);
    std::uint64_t store(Request request);

    // faults
    void inject_fault();
    void crash_for_a_while(Server& server, const char* why);
    void pause(Server& server);
    void change_membership();
    void heal_everything();
    bool recovered();
    void verify_end();

    template <typename Text>
    void trace(const Text& text) {
        if (trace_) print(text());
    }
    void print(const std::string& line) const;

    static constexpr std::size_t max_servers = 32;

    const bool trace_;
    raft::Random random_;
    const Profile profile_;
    Statistics statistics_;

    std::uint64_t now_us_ = 0;
    std::uint64_t order_ = 0;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::vector<raft::Message> messages_;  // under way, by place
    std::vector<std::uint64_t> free_messages_;
    std::vector<Request> requests_;
    std::vector<std::uint64_t> free_requests_;

    std::vector<std::unique_ptr<Server>> servers_;  // by id, from 1
    std::unique_ptr<raft::RaftInvariants> invariants_;
    bool cut_[max_servers * max_servers] = {};
    double loss_percent_;
    bool healing_ = false;

    std::vector<Client> clients_;
    // Where each client's commands took effect, by serial: once, and for all servers the same.
    std::vector<std::vector<raft::Index>> effects_;
    std::vector<std::uint64_t> acknowledged_;  // the highest serial, by client
    std::vector<bool> got_on_;                 // since all healed, by client
    raft::Index floor_ = 0;                    // the highest index that any client has seen
};

}  // namespace gavel::simulation
