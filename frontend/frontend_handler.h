#pragma once

#include "common/http/json_request_handler.h"
#include "common/http/service_client.h"
#include "frontend/static_files.h"

namespace gavel::frontend {

// The dashboard's server: passes everything under /api to the gateway as it is, and serves files.
// It routes by itself, because every answer of its own carries the same security headers, the
// refusals included. Loop thread only; borrows the client and the files.
class FrontendHandler : public JSONRequestHandler {
  public:
    FrontendHandler(ServiceClient& gateway, const StaticFiles& files)
        : JSONRequestHandler("frontend"), gateway_(gateway), files_(files) {}

  private:
    void handle_unmatched(const JSONRequest& request, const Responder& respond) const override;

    void pass_on(const JSONRequest& request, const Responder& respond) const;
    void readyz(const Responder& respond) const;

    ServiceClient& gateway_;
    const StaticFiles& files_;
};

}  // namespace gavel::frontend
