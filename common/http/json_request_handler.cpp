#include "common/http/json_request_handler.h"

#include "common/http/http_error.h"

namespace gavel {

JSONRequestHandler::JSONRequestHandler(std::string service)
    : service_(std::move(service)), logger_(service_logger(service_)) {}

void JSONRequestHandler::handle(JSONRequest request, Responder respond) const {
    try {
        if (!router_.dispatch(request, respond)) handle_unmatched(request, respond);
    } catch (const HTTPError& refusal) {
        respond(JSONResponse::error(refusal.status(), refusal.what()));
    } catch (const std::exception& failure) {
        logger_->error("request {} {} {} failed: {}", request.request_id(), request.method(),
                       request.path(), failure.what());
        respond(JSONResponse::error(500, "internal error"));
    } catch (...) {
        logger_->error("request {} {} {} failed: no std::exception", request.request_id(),
                       request.method(), request.path());
        respond(JSONResponse::error(500, "internal error"));
    }
}

void JSONRequestHandler::handle_unmatched(const JSONRequest&, const Responder&) const {
    throw HTTPError(404, "not found");
}

}  // namespace gavel
