#include "common/http/service_client.h"

namespace gavel {

Response response_for(ServiceFailure failure, const std::string& service) {
    switch (failure) {
        case ServiceFailure::timed_out:
            return JSONResponse::error(504, service + " did not answer in time");
        case ServiceFailure::too_large:
            return JSONResponse::error(502, service + " gave an answer that is too large");
        case ServiceFailure::lost:
            return JSONResponse::unavailable("the connection to the " + service +
                                             " was lost; the request may have taken effect");
        case ServiceFailure::overloaded:
            return JSONResponse::unavailable(service + " is overloaded, try again");
        case ServiceFailure::unreachable:
        case ServiceFailure::none: break;
    }
    return JSONResponse::unavailable(service + " is unavailable, try again");
}

}  // namespace gavel
