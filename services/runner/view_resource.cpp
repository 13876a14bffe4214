#include "services/runner/view_resource.h"

#include "common/http/http_error.h"

namespace gavel {

void ViewResource::prepare(const two_phase::Transaction& transaction, Prepared done) {
    try {
        TransactionTerms::read(transaction);
    } catch (const HTTPError& error) {
        done(two_phase::Refusal{error.status(), error.what(), ""});
        return;
    }
    done(Yes{});
}

void ViewResource::commit(const two_phase::Transaction& transaction, const two_phase::Facts& facts,
                          Committed done) {
    const auto told = AuctionFacts::read(facts);
    // Known by its id alone: it was carried out before.
    if (!told || transaction.payload.empty()) {
        done("");
        return;
    }
    carry_(TransactionTerms::read(transaction), *told, [done = std::move(done)] { done(""); });
}

}  // namespace gavel
