#include "services/runner/raft_decision_store.h"

#include <utility>

#include "common/http/cluster_token.h"
#include "common/http/request_id.h"
#include "common/logging/logging.h"
#include "services/runner/decision_listing.h"

namespace gavel {
namespace {

// Why an answer is no answer, told once where it is met.
template <class Value, class Read>
std::optional<Value> read_answer(const ServiceResult& result, Read read) {
    if (!result.ok()) return std::nullopt;
    if (result.response.status != 200) {
        // 503 and 504 are what a cluster says between two leaders; anything else is a mistake.
        if (result.response.status < 500) {
            service_logger("coordinator")
                ->error("the decision record refuses: {}", result.response.body);
        }
        return std::nullopt;
    }
    try {
        return read(result.response.body);
    } catch (const two_phase::MalformedRecord& error) {
        service_logger("coordinator")->error("the decision record is strange: {}", error.what());
        return std::nullopt;
    }
}

}  // namespace

ServiceRequest RaftDecisionStore::request(std::string method, std::string target,
                                          std::string body) const {
    ServiceRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    request.request_id = make_request_id();
    request.repeatable = true;
    if (!token_.empty()) request.headers.set(cluster_token_header, token_);
    return request;
}

void RaftDecisionStore::apply(two_phase::DecisionCommand command, Applied done) {
    nodes_.send(request("POST", "/decisions", command.encode()), [done = std::move(done)](
                                                                     const ServiceResult& result) {
        done(read_answer<two_phase::DecisionOutcome>(result, [](const std::string& body) {
            return two_phase::DecisionOutcome::decode(body);
        }));
    });
}

void RaftDecisionStore::list(Listing what, Listed done) {
    std::string target = "/decisions?limit=" + std::to_string(what.limit);
    if (what.unfinished_only) {
        target += "&unfinished=1";
    } else if (what.before_us > 0) {
        target += "&before_us=" + std::to_string(what.before_us);
    }
    nodes_.send(request("GET", std::move(target), {}),
                [done = std::move(done)](const ServiceResult& result) {
                    done(read_answer<std::vector<two_phase::DecisionRecord>>(
                        result, [](const std::string& body) { return decode_listing(body); }));
                });
}

}  // namespace gavel
