#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "consensus/two_phase_commit/participant_record.h"

namespace gavel::two_phase {

// Where a participant keeps its records. Loop thread only. Callbacks run on the loop, exactly once,
// perhaps before the call returns.
class ParticipantStore {
  public:
    virtual ~ParticipantStore() = default;

    struct Stored {
        std::vector<ParticipantRecord> records;  // undecided ones, and the finished ones it keeps
        std::int64_t forgotten_us = 0;
    };
    // At the start, before anything else. Nothing: not yet, ask again (a replicated store without
    // a leader).
    virtual void load(std::function<void(std::optional<Stored>)> done) = 0;

    // Calls back with true once the batch is on disk, with false when it could not be stored: then
    // nothing of it was, and nothing that rests on it is promised. Batches that come while one is
    // being written share the next fsync.
    virtual void force(ParticipantBatch batch, std::function<void(bool stored)> done) = 0;
};

// For a service whose own log holds all this: its prepare, commit and abort are commands of it, and
// it tells at a start what it has.
class ParticipantStoreOfResource : public ParticipantStore {
  public:
    using Undecided = std::function<void(std::function<void(std::optional<Stored>)>)>;
    explicit ParticipantStoreOfResource(Undecided undecided) : undecided_(std::move(undecided)) {}

    void load(std::function<void(std::optional<Stored>)> done) override {
        undecided_(std::move(done));
    }
    void force(ParticipantBatch, std::function<void(bool)> done) override { done(true); }

  private:
    Undecided undecided_;
};

}  // namespace gavel::two_phase
