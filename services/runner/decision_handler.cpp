#include "services/runner/decision_handler.h"

#include <limits>

#include "common/http/http_error.h"
#include "common/limits.h"
#include "consensus/two_phase_commit/fields.h"
#include "services/auction/auction_answers.h"
#include "services/runner/decision_listing.h"

namespace gavel {
namespace {

constexpr std::uint64_t latest_us = std::numeric_limits<std::int64_t>::max();

two_phase::DecisionCommand read_command(const JSONRequest& request) {
    try {
        return two_phase::DecisionCommand::decode(request.body());
    } catch (const two_phase::MalformedRecord& error) {
        throw bad_request(std::string("this is no command of the decision table: ") + error.what());
    }
}

}  // namespace

DecisionHandler::DecisionHandler(ReplicatedHouse& house)
    : JSONRequestHandler("raft_node"), house_(house) {
    route("POST", "/decisions", &DecisionHandler::apply);
    route("GET", "/decisions", &DecisionHandler::list);
}

void DecisionHandler::apply(const JSONRequest& request, const Responder& respond) {
    house_.submit_decision(
        read_command(request),
        [respond](auction::Refusal refusal, const two_phase::DecisionOutcome* outcome) {
            respond(outcome != nullptr ? JSONResponse::rendered(200, outcome->encode())
                                       : auction::answer_for(refusal));
        });
}

Response DecisionHandler::list(const JSONRequest& request) {
    const auto limit =
        static_cast<std::size_t>(request.query_number("limit", limits::max_decision_page)
                                     .value_or(limits::max_decision_page));
    const auto before_us =
        static_cast<std::int64_t>(request.query_number("before_us", latest_us).value_or(latest_us));
    const auto& table = house_.decisions();
    const bool unfinished = request.query("unfinished") == "1";
    return JSONResponse::rendered(
        200, encode_listing(unfinished ? table.unfinished(limit) : table.newest(before_us, limit)));
}

}  // namespace gavel
