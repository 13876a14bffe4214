#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/http/response.h"
#include "common/http/service_client.h"
#include "common/runtime/scheduler.h"
#include "consensus/two_phase_commit/driver/participant_store.h"
#include "consensus/two_phase_commit/driver/resource.h"
#include "consensus/two_phase_commit/participant/participant.h"

namespace gavel::two_phase {

// Owns a participant's core and goes round with it: what coordinators ask goes in, the service
// and the disk do what comes out, and the answer leaves when the core says so.
//
// Loop thread only. Borrows everything it is given.
class ParticipantDriver {
  public:
    struct Options {
        std::string name;   // as coordinators call it
        std::string token;  // CLUSTER_TOKEN, sent along; "" when there is none
        std::int64_t tick_ms = 50;
    };
    // Where to ask when in doubt, in turn. Each is any coordinator that works over the same
    // decision table.
    struct Coordinator {
        std::string name;
        ServiceClient& client;
    };
    struct Parts {
        Scheduler& scheduler;
        Resource& resource;
        ParticipantStore& store;
        std::vector<Coordinator> coordinators;
    };

    ParticipantDriver(const Options& options, const Parts& parts);
    ~ParticipantDriver();
    ParticipantDriver(const ParticipantDriver&) = delete;
    ParticipantDriver& operator=(const ParticipantDriver&) = delete;

    // Reads what is stored and holds again what was held; then it serves.
    void start();
    bool is_serving() const { return core_ != nullptr && core_->is_serving(); }
    // Called once, when that is so.
    void on_serving(std::function<void()> callback) { on_serving_ = std::move(callback); }

    // A vote_request, global_commit or global_abort has come: answers it, now or later.
    void ask(const Message& message, const Responder& respond);

    const Options& options() const { return options_; }
    // Voted for or being voted on.
    std::size_t open_transactions() const { return core_ == nullptr ? 0 : core_->open(); }

  private:
    void load();
    void loaded(ParticipantStore::Stored stored);
    void tick();
    void pump();
    void run(Effect effect);
    void force(ParticipantRecord record);
    void send(const Message& message);
    void inquire(const Message& message);
    void answer(const Message& message);
    // Calls `work` on the core, then does what that wants, if this still is.
    template <class Work>
    void with_core(Work work);

    const Options options_;
    Scheduler& scheduler_;
    Resource& resource_;
    ParticipantStore& store_;
    const std::vector<Coordinator> coordinators_;
    std::unique_ptr<Participant> core_;  // null until the store has answered
    std::function<void()> on_serving_;
    bool pumping_ = false;
    // Calls that are not answered yet, by transaction.
    struct Calls {
        std::vector<Responder> for_vote;
        std::vector<Responder> for_decision;
    };
    std::map<std::string, Calls> calls_;
    std::size_t waiting_calls_ = 0;
    TimerId timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel::two_phase
