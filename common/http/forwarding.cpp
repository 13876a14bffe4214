#include "common/http/forwarding.h"

#include "common/http/unchanged_since.h"

namespace gavel {
namespace {

constexpr const char* passed_on_headers[] = {"Authorization", "Idempotency-Key", "Prefer",
                                             unchanged_since_header};
constexpr const char* passed_back_headers[] = {"Content-Type", "Gavel-Index", "Gavel-Receipt",
                                               "Gavel-Truncated", "Retry-After"};

void copy_header(const Headers& from, const char* name, Headers& to) {
    if (const auto value = from.find(name)) to.add(name, std::string(*value));
}

}  // namespace

ServiceRequest forwarded(const JSONRequest& request, std::string target, std::string body) {
    ServiceRequest outgoing;
    outgoing.method = request.method();
    outgoing.target = std::move(target);
    outgoing.body = std::move(body);
    for (const char* name : passed_on_headers) {
        copy_header(request.headers(), name, outgoing.headers);
    }
    outgoing.request_id = request.request_id();
    outgoing.repeatable = request.method() == "GET" || request.header("Idempotency-Key");
    return outgoing;
}

Response passed_back(ServiceResult result, const std::string& service) {
    if (!result.ok()) return response_for(result.failure, service);
    Response answer;
    answer.status = result.response.status;
    answer.body = std::move(result.response.body);
    answer.stream = std::move(result.response.stream);
    answer.has_end = result.response.has_end;
    for (const char* name : passed_back_headers) {
        copy_header(result.response.headers, name, answer.headers);
    }
    return answer;
}

}  // namespace gavel
