#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "consensus/two_phase_commit/driver/resource.h"

namespace gavel::two_phase::testing {

// A service that does at once what it is asked, and remembers it.
class FakeResource : public Resource {
  public:
    void prepare(const Transaction& transaction, Prepared done) override {
        if (refusal.status != 0) {
            done(refusal);
            return;
        }
        held.insert(transaction.id);
        done(Yes{facts});
    }
    void restore(const Transaction& transaction, const std::string& voted,
                 std::function<void()> done) override {
        held.insert(transaction.id);
        restored[transaction.id] = voted;
        if (restores_at_once) {
            done();
        } else {
            waiting.push_back(std::move(done));
        }
    }
    void commit(const Transaction& transaction, const Facts& all_facts, Committed done) override {
        held.erase(transaction.id);
        if (committed.insert(transaction.id).second) told = all_facts;
        done(result);
    }
    void abort(const Transaction& transaction, std::function<void()> done) override {
        held.erase(transaction.id);
        aborted.insert(transaction.id);
        done();
    }

    Refusal refusal;  // with a status: it votes to abort
    std::string facts = R"({"reserved":7})";
    std::string result = R"({"status":201})";
    bool restores_at_once = true;

    std::set<std::string> held;
    std::set<std::string> committed;
    std::set<std::string> aborted;
    std::map<std::string, std::string> restored;
    Facts told;
    std::vector<std::function<void()>> waiting;
};

}  // namespace gavel::two_phase::testing
