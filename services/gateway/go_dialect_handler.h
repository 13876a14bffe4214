#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/http/json_request_handler.h"
#include "common/http/service_client.h"
#include "services/gateway/auctions_view.h"
#include "services/gateway/write_path.h"

namespace gavel::gateway {

// The second dialect: two routes that take commands as JSON and answer 200 even to refusals, as
// the Go platform's gateway does. Fields that are empty, 0 or false are left out.
// Loop thread only; borrows everything.
class GoDialectHandler : public JSONRequestHandler {
  public:
    GoDialectHandler(AuctionsView& view, WritePath& writes, ServiceClient& history);

    void execute(const JSONRequest& request, const Responder& respond);
    void get_history(const JSONRequest& request, const Responder& respond);

  private:
    void create(const JSONRequest& request, const Responder& respond);
    void place_bid(const JSONRequest& request, const Responder& respond);
    void close(const JSONRequest& request, const Responder& respond);
    void list(const Responder& respond);

    AuctionsView& view_;
    WritePath& writes_;
    ServiceClient& history_;
};

}  // namespace gavel::gateway
