#include "common/http/response.h"

#include <nlohmann/json.hpp>

#include "common/json/json_text.h"

namespace gavel {

static_assert(sizeof(JSONResponse) == sizeof(Response), "a Response may be sliced from it");
static_assert(sizeof(StreamingResponse) == sizeof(Response), "a Response may be sliced from it");

JSONResponse::JSONResponse(int code, const nlohmann::json& object) {
    status = code;
    body = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

JSONResponse JSONResponse::rendered(int code, std::string text) {
    JSONResponse response;
    response.status = code;
    response.body = std::move(text);
    return response;
}

JSONResponse JSONResponse::error(int code, std::string_view message) {
    std::string text = R"({"error":)";
    append_json_string(text, message);
    text += '}';
    return rendered(code, std::move(text));
}

JSONResponse JSONResponse::unavailable(std::string_view message, int retry_after_seconds) {
    auto response = error(503, message);
    response.headers.set("Retry-After", std::to_string(retry_after_seconds));
    return response;
}

StreamingResponse::StreamingResponse(std::function<void(std::shared_ptr<StreamSink>)> start) {
    headers.set("Content-Type", "text/event-stream; charset=utf-8");
    headers.set("Cache-Control", "no-cache, no-transform");
    headers.set("X-Accel-Buffering", "no");
    stream = std::move(start);
}

}  // namespace gavel
