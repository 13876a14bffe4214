#pragma once

#include <functional>
#include <string>
#include <variant>

#include "consensus/two_phase_commit/transaction.h"

namespace gavel::two_phase {

// What a service does in a transaction. Loop thread only. Callbacks run on the loop, exactly once,
// perhaps before the call returns. Calls about one transaction never overlap; calls about
// different ones do.
//
// A process may die at any moment and is then told the same again: commit() and abort() of what
// was done already do nothing and give the first result.
class Resource {
  public:
    virtual ~Resource() = default;

    struct Yes {
        std::string facts;  // JSON text that all participants are told with the decision, or ""
    };
    using Prepared = std::function<void(std::variant<Yes, Refusal>)>;
    // Can this be committed later, whatever happens? After Yes nothing may come in the way of it:
    // what it needs is held until commit() or abort(). After a Refusal nothing is held. A service
    // whose own state is durable makes the promise durable before it calls back; for the others
    // the ParticipantStore does, before the vote leaves, and restore() is called after a restart.
    virtual void prepare(const Transaction& transaction, Prepared done) = 0;

    // A prepared transaction is still undecided after a restart: holds again what prepare() held.
    // The participant answers nobody before that. `facts` are those of its vote.
    virtual void restore(const Transaction& transaction, const std::string& facts,
                         std::function<void()> done) = 0;

    using Committed = std::function<void(std::string result)>;
    // Does it. Calls back once it is durable, and takes the time that it needs; `result` is JSON
    // text for the client, or "". `facts` are those of all participants.
    // The transaction of a repeated commit may have nothing but its id.
    virtual void commit(const Transaction& transaction, const Facts& facts, Committed done) = 0;

    // Lets go of what prepare() held.
    virtual void abort(const Transaction& transaction, std::function<void()> done) = 0;
};

}  // namespace gavel::two_phase
