#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/runtime/scheduler.h"
#include "consensus/two_phase_commit/driver/participant_store.h"
#include "consensus/two_phase_commit/driver/resource.h"
#include "services/auction/auction_engine.h"

namespace gavel {

// The auction service in a transaction: prepare, commit and abort are commands of its log, and what
// is prepared stands in the book, on one machine or on all nodes of a cluster. So the book is the
// participant's store, too.
//
// A node that no longer leads calls nobody back: whether the command is in the log, the next leader
// knows, and its participant answers. Loop thread only; borrows scheduler and engine.
class AuctionResource : public two_phase::Resource, public two_phase::ParticipantStore {
  public:
    // `may_load` says whether the book has everything that was ever promised: a leader must have
    // applied an entry of its own term.
    AuctionResource(Scheduler& scheduler, auction::AuctionEngine& engine,
                    std::function<bool()> may_load);
    ~AuctionResource() override;

    // ---- two_phase::Resource
    void prepare(const two_phase::Transaction& transaction, Prepared done) override;
    void restore(const two_phase::Transaction& transaction, const std::string& facts,
                 std::function<void()> done) override;
    void commit(const two_phase::Transaction& transaction, const two_phase::Facts& facts,
                Committed done) override;
    void abort(const two_phase::Transaction& transaction, std::function<void()> done) override;

    // ---- two_phase::ParticipantStore
    void load(std::function<void(std::optional<Stored>)> done) override;
    // The command was durable before it was answered.
    void force(two_phase::ParticipantBatch, std::function<void(bool)> done) override { done(true); }

  private:
    using Decided = std::function<void(const auction::Outcome&)>;
    void decide(const auction::Command& command, Decided decided);
    std::string facts_of(const auction::Outcome& vote) const;

    Scheduler& scheduler_;
    auction::AuctionEngine& engine_;
    std::function<bool()> may_load_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
