#pragma once

#include "common/http/json_request_handler.h"
#include "consensus/two_phase_commit/driver/participant_driver.h"

namespace gavel::two_phase {

// A participant over HTTP, in front of the service that it belongs to, on the same port:
//
//     POST /two_phase/vote_request, /two_phase/global_commit, /two_phase/global_abort
//
// from coordinators, who say the cluster's token where there is one. Everything else is the
// service's; until the participant serves, that is told to try again, but for the service's
// livez: nobody may meet an auction whose lock is not back.
//
// Loop thread only. Borrows both.
class ParticipantHandler : public JSONRequestHandler {
  public:
    ParticipantHandler(ParticipantDriver& driver, const JSONRequestHandler& service);

  protected:
    void handle_unmatched(const JSONRequest& request, const Responder& respond) const override;

  private:
    void vote_request(const JSONRequest& request, const Responder& respond);
    void global_commit(const JSONRequest& request, const Responder& respond);
    void global_abort(const JSONRequest& request, const Responder& respond);
    void check_caller(const JSONRequest& request) const;

    ParticipantDriver& driver_;
    const JSONRequestHandler& service_handler_;
};

}  // namespace gavel::two_phase
