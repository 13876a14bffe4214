#pragma once

#include <functional>
#include <string>
#include <utility>

#include "consensus/two_phase_commit/driver/resource.h"
#include "services/runner/transaction_terms.h"

namespace gavel {

// A service that follows the feed, in a transaction: it can always do its part, and what it makes
// of a commit comes to it through the feed, once and in its place. It acknowledges when that has
// come. Its intent is on disk in its ParticipantStore. Loop thread only.
class ViewResource : public two_phase::Resource {
  public:
    // Carries out the commit; calls back when it has.
    using Carry = std::function<void(const TransactionTerms&, const AuctionFacts&,
                                     std::function<void()> done)>;
    explicit ViewResource(Carry carry) : carry_(std::move(carry)) {}

    void prepare(const two_phase::Transaction& transaction, Prepared done) override;
    void restore(const two_phase::Transaction&, const std::string&,
                 std::function<void()> done) override {
        done();  // it held nothing
    }
    void commit(const two_phase::Transaction& transaction, const two_phase::Facts& facts,
                Committed done) override;
    void abort(const two_phase::Transaction&, std::function<void()> done) override { done(); }

  private:
    Carry carry_;
};

}  // namespace gavel
