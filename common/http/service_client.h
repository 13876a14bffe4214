#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "common/http/headers.h"
#include "common/http/response.h"
#include "common/limits.h"

namespace gavel {

struct ServiceRequest {
    std::string method;
    std::string target;  // path and query, encoded
    std::string body;
    Headers headers;
    std::string request_id;
    std::int64_t timeout_ms = limits::service_timeout_ms;  // from send() to the answer's last byte
    // Sending it twice is as good as once: a lost connection is tried again. True for GET and for
    // requests with an Idempotency-Key.
    bool repeatable = false;
};

enum class ServiceFailure {
    none,
    unreachable,  // nothing was sent, or the service is not there
    lost,         // sent, but the connection ended before an answer: it may have taken effect
    timed_out,    // no answer within timeout_ms: it may have taken effect
    overloaded,   // too many requests wait for this service; nothing was sent
    too_large,    // the request or its answer is over the limit
};

struct ServiceResult {
    ServiceFailure failure = ServiceFailure::none;
    Response response;  // meaningful when failure is none
    bool ok() const { return failure == ServiceFailure::none; }
};

// What a client adds to a request that it sends a second time, so that the receiver knows that the
// first one may have taken effect: "Gavel-Repeat: 1".
inline constexpr const char* repeat_header = "Gavel-Repeat";

// Reaches one other service. Asynchronous: the callback runs on the loop's thread, exactly once,
// perhaps before send() returns. An answer that is a stream is handed over when its head has
// come; its `stream` member then passes the bytes on. Loop thread only.
class ServiceClient {
  public:
    using Callback = std::function<void(ServiceResult)>;

    virtual ~ServiceClient() = default;
    virtual void send(ServiceRequest request, Callback callback) = 0;
};

// What a client is told when a service behind us failed: 503 with Retry-After, 504 when it was
// slow. `service` is named ("auction service"), its address is not.
Response response_for(ServiceFailure failure, const std::string& service);

}  // namespace gavel
