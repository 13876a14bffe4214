#include "frontend/frontend_handler.h"

#include <string>
#include <utility>

#include "common/limits.h"
#include "frontend/passed_headers.h"

namespace gavel::frontend {
namespace {

bool is_reading(const JSONRequest& request) {
    return request.method() == "GET" || request.method() == "HEAD";
}

bool is_for_gateway(std::string_view path) {
    return path == "/api" || path.starts_with("/api/");
}

// The page loads its own files and talks to its own server. Nothing on it turns text into markup
// or code, and the browser holds it to that: no script, style, frame or plug-in but those files.
constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

// For what this server says itself; the gateway's answers pass as they are.
Response secured(Response response) {
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
    return response;
}

// For what a browser may show as a page. On scripts and styles these mean nothing, and there are
// many of those in the first look at the dashboard.
Response secured_as_page(Response response) {
    response.headers.set("Content-Security-Policy", content_security_policy);
    response.headers.set("X-Frame-Options", "DENY");
    response.headers.set("Referrer-Policy", "no-referrer");
    response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
    response.headers.set("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    return secured(std::move(response));
}

Response secured_as(const StaticFile& file, Response response) {
    const bool is_part = file.content_type.starts_with("text/javascript") ||
                         file.content_type.starts_with("text/css");
    return is_part ? secured(std::move(response)) : secured_as_page(std::move(response));
}

// RFC 9110, section 13.1.2: any of the tags, compared weakly.
bool has_current_copy(const Headers& headers, const std::string& etag) {
    return headers.has_token("If-None-Match", etag) ||
           headers.has_token("If-None-Match", "W/" + etag) ||
           headers.has_token("If-None-Match", "*");
}

Response serve(const JSONRequest& request, const StaticFile& file) {
    const auto& headers = request.headers();
    const bool compressed =
        !file.gzipped.bytes.empty() && headers.has_token("Accept-Encoding", "gzip");
    const StaticFile::Form& form = compressed ? file.gzipped : file.plain;
    Response response;
    response.headers.set("ETag", form.etag);
    response.headers.set("Cache-Control", "no-cache");  // keep it, but ask before using it
    response.headers.set("Vary", "Accept-Encoding");
    response.headers.set("Content-Type", file.content_type);
    if (has_current_copy(headers, form.etag)) {
        response.status = 304;
        return response;
    }
    if (compressed) response.headers.set("Content-Encoding", "gzip");
    response.body = form.bytes;
    return response;
}

Response method_not_allowed() {
    auto refusal = JSONResponse::error(405, "method not allowed");
    refusal.headers.set("Allow", "GET, HEAD");
    return refusal;
}

Response answer_for_failure(ServiceFailure failure) {
    if (failure == ServiceFailure::unreachable) {
        return JSONResponse::error(502, "the gateway cannot be reached");
    }
    if (failure == ServiceFailure::lost) {
        return JSONResponse::error(
            502, "the connection to the gateway was lost; the request may have taken effect");
    }
    return response_for(failure, "gateway");
}

}  // namespace

void FrontendHandler::handle_unmatched(const JSONRequest& request, const Responder& respond) const {
    const auto path = request.path();
    if (is_for_gateway(path)) {
        pass_on(request, respond);
        return;
    }
    const StaticFile* file = files_.find(path);
    const bool is_probe = path == "/livez" || path == "/readyz";
    if (file == nullptr && !is_probe) {
        respond(secured_as_page(JSONResponse::error(404, "not found")));
    } else if (!is_reading(request)) {
        respond(secured_as_page(method_not_allowed()));
    } else if (file != nullptr) {
        respond(secured_as(*file, serve(request, *file)));
    } else if (path == "/livez") {
        respond(secured_as_page(JSONResponse::rendered(200, R"({"status":"ok"})")));
    } else {
        readyz(respond);
    }
}

void FrontendHandler::pass_on(const JSONRequest& request, const Responder& respond) const {
    ServiceRequest outgoing;
    outgoing.method = request.method();
    outgoing.target = request.target();
    outgoing.body = request.body();
    outgoing.headers = passed_on(request.headers());
    // Who asks is not this server.
    outgoing.headers.add("X-Forwarded-For", request.peer().empty() ? "unknown" : request.peer());
    outgoing.request_id = request.request_id();
    outgoing.timeout_ms = limits::gateway_timeout_ms;
    outgoing.repeatable = is_reading(request) || request.header("Idempotency-Key").has_value();
    gateway_.send(std::move(outgoing), [respond](ServiceResult result) {
        if (!result.ok()) {
            respond(answer_for_failure(result.failure));
            return;
        }
        result.response.headers = passed_back(result.response.headers);
        respond(std::move(result.response));
    });
}

void FrontendHandler::readyz(const Responder& respond) const {
    ServiceRequest question;
    question.method = "GET";
    question.target = "/readyz";
    question.timeout_ms = limits::gateway_ready_timeout_ms;
    question.repeatable = true;
    gateway_.send(std::move(question), [respond](const ServiceResult& result) {
        const bool ready = result.ok() && result.response.status == 200;
        respond(secured_as_page(ready ? JSONResponse::rendered(200, R"({"status":"ready"})")
                                      : JSONResponse::unavailable("the gateway is not ready")));
    });
}

}  // namespace gavel::frontend
