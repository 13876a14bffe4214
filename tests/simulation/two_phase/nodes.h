#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "consensus/two_phase_commit/coordinator/coordinator.h"
#include "consensus/two_phase_commit/decision_table.h"
#include "consensus/two_phase_commit/participant/participant.h"

namespace gavel::two_phase::simulation {

// Anything that travels: between coordinators and participants, to the decision table and back,
// and from and to clients.
struct Packet {
    enum class Kind : std::uint8_t {
        request,  // a client's, to a coordinator
        message,  // the protocol's
        command,  // a coordinator's, to the table
        outcome,  // the table's, to that coordinator
        listing,  // an unfinished record, to a coordinator that looks for such
        answer,   // a coordinator's, to the client
    };
    Kind kind = Kind::message;
    std::string from;
    std::string to;
    Coordinator::Request request;
    Message message;
    DecisionCommand command;  // outcome: the one that it belongs to
    DecisionOutcome outcome;
    DecisionRecord record;  // listing
    ClientAnswer answer;

    std::string describe() const;
    auto operator<=>(const Packet&) const = default;
};

inline constexpr const char* table_name = "table";
inline constexpr const char* client_name = "client";

// One participant: the production core, a disk that takes records one by one, and a service that
// holds what it prepared in memory and does commits durably. A value.
class ParticipantNode {
  public:
    explicit ParticipantNode(const ParticipantConfig& config);

    // Each is one step, between any two of which a crash may come.
    void deliver(const Message& message);
    void tick();
    // The oldest record that waits for the disk is written, or finds no room.
    void finish_record(bool stored);
    // The service has done what it was asked; `agrees` is its vote, if it is asked for one.
    void finish_effect(std::size_t position, bool agrees);
    // Dies and starts again with what is on disk.
    void crash();

    std::vector<Packet> take_sent();

    const std::string& name() const { return name_; }
    const Participant& core() const { return core_; }
    const std::vector<ParticipantRecord>& waiting_records() const { return waiting_records_; }
    const std::vector<Effect>& waiting_effects() const { return waiting_effects_; }
    // What no step may ever do, if one did.
    const std::string& violation() const { return violation_; }

    // ---- what it has done, for the checks ----
    // Null when its disk has none.
    const ParticipantRecord* recorded(const std::string& id) const;
    bool has_committed(const std::string& id) const { return committed_.count(id) > 0; }
    // It had voted to commit, and then aborted.
    bool has_broken_off(const std::string& id) const { return broken_off_.count(id) > 0; }
    // Its disk no longer remembers what is as old as that.
    std::int64_t forgotten_us() const { return disk_forgotten_us_; }
    bool holds_anything() const { return !held_.empty(); }

    auto operator<=>(const ParticipantNode&) const = default;

  private:
    void take_output();
    bool is_held_by_another(const Transaction& transaction) const;
    void wrong(const std::string& what);

    std::string name_;
    Participant core_;
    // On disk.
    std::map<std::string, ParticipantRecord> disk_;
    std::int64_t disk_forgotten_us_ = 0;
    std::set<std::string> committed_;
    // Gone after a crash.
    std::vector<ParticipantRecord> waiting_records_;
    std::vector<Effect> waiting_effects_;
    std::map<std::string, std::string> held_;  // lock by transaction
    // What the checks remember.
    std::set<std::string> broken_off_;
    std::string violation_;
    std::vector<Packet> sent_;
};

// One coordinator: the production core. Nothing of it outlives a crash. A value.
class CoordinatorNode {
  public:
    explicit CoordinatorNode(const CoordinatorConfig& config) : core_(config) {}

    void deliver(const Packet& packet, std::int64_t now_us);
    void tick(std::int64_t now_us);
    void crash() { core_ = Coordinator(core_.config()); }

    std::vector<Packet> take_sent();
    const std::string& name() const { return core_.config().name; }
    const std::string& violation() const { return violation_; }

    auto operator<=>(const CoordinatorNode&) const = default;

  private:
    void take_output();

    Coordinator core_;
    std::string violation_;
    std::vector<Packet> sent_;
};

// The decision table. Each command is durable when it is applied. A value.
class TableNode {
  public:
    // Nothing is begun beyond `max_transactions`, so that there is an end.
    TableNode(const DecisionTableLimits& limits, std::size_t max_transactions)
        : table_(limits), max_transactions_(max_transactions) {}

    void deliver(const Packet& command);
    // A coordinator looks for what is unfinished.
    void list(const std::string& coordinator);

    std::vector<Packet> take_sent();
    const DecisionTable& table() const { return table_; }
    const std::string& violation() const { return violation_; }
    // What was ever decided, also of transactions that the table has forgotten; by id.
    struct Ever {
        Transaction transaction;
        Decision decision = Decision::pending;
        bool is_finished = false;
        auto operator<=>(const Ever&) const = default;
    };
    const std::map<std::string, Ever>& ever() const { return ever_; }

    auto operator<=>(const TableNode&) const = default;

  private:
    DecisionTable table_;
    std::size_t max_transactions_;
    std::map<std::string, Ever> ever_;
    std::string violation_;
    std::vector<Packet> sent_;
};

}  // namespace gavel::two_phase::simulation
