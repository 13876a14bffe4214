#include "consensus/two_phase_commit/driver/participant_handler.h"

#include <nlohmann/json.hpp>

#include "common/http/cluster_token.h"
#include "common/http/http_error.h"
#include "consensus/two_phase_commit/driver/message_json.h"

namespace gavel::two_phase {

ParticipantHandler::ParticipantHandler(ParticipantDriver& driver, const JSONRequestHandler& service)
    : JSONRequestHandler(service.service()), driver_(driver), service_handler_(service) {
    route("POST", "/two_phase/vote_request", &ParticipantHandler::vote_request);
    route("POST", "/two_phase/global_commit", &ParticipantHandler::global_commit);
    route("POST", "/two_phase/global_abort", &ParticipantHandler::global_abort);
}

void ParticipantHandler::vote_request(const JSONRequest& request, const Responder& respond) {
    check_caller(request);
    driver_.ask(read_vote_request(request.object(), driver_.options().name), respond);
}

void ParticipantHandler::global_commit(const JSONRequest& request, const Responder& respond) {
    check_caller(request);
    driver_.ask(read_decision(MessageType::global_commit, request.object(), driver_.options().name),
                respond);
}

void ParticipantHandler::global_abort(const JSONRequest& request, const Responder& respond) {
    check_caller(request);
    driver_.ask(read_decision(MessageType::global_abort, request.object(), driver_.options().name),
                respond);
}

void ParticipantHandler::check_caller(const JSONRequest& request) const {
    if (!has_cluster_token(request.headers(), driver_.options().token)) {
        throw HTTPError(401, "the cluster's token is missing or wrong");
    }
}

void ParticipantHandler::handle_unmatched(const JSONRequest& request,
                                          const Responder& respond) const {
    if (!driver_.is_serving() && request.path() != "/livez") {
        respond(JSONResponse::unavailable("undecided transactions are being taken up again"));
        return;
    }
    service_handler_.handle(request, respond);
}

}  // namespace gavel::two_phase
