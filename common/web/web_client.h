#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "common/http/headers.h"
#include "common/web/web_url.h"

struct ssl_ctx_st;

namespace gavel {

struct WebPost {
    WebURL url;
    Headers headers;
    std::string body;
    std::int64_t time_limit_ms = 0;  // for all of it: name, connection, answer
    bool allow_private = false;      // addresses that is_public() refuses
};

// What came of it. The body of the answer is not read.
struct WebAnswer {
    enum class Failure : std::uint8_t {
        none,
        not_found,        // the name has no address
        private_address,  // it has none that may be called
        unreachable,
        untrusted,  // no TLS, or a certificate that is not the host's
        timed_out,
        broken,  // what came is no answer
        cancelled,
    };
    Failure failure = Failure::none;
    int status = 0;  // meaningful without a failure
};

// As a sentence goes on: "could not be reached".
const char* to_string(WebAnswer::Failure failure);

// Calls servers anywhere on the web, blocking: for threads that do nothing else. Follows no
// redirect. The address that is checked is the one that is connected to, so that no name can lead
// elsewhere at the second look. Certificates are checked against the system's authorities
// (SSL_CERT_FILE and SSL_CERT_DIR move them). Any thread.
class WebClient {
  public:
    // Throws std::runtime_error when OpenSSL cannot be used.
    WebClient();

    // Gives up within a moment once `cancelled` is true.
    WebAnswer post(const WebPost& post, const std::atomic<bool>& cancelled) const;

  private:
    struct Free {
        void operator()(ssl_ctx_st* context) const;
    };
    std::unique_ptr<ssl_ctx_st, Free> tls_;
};

}  // namespace gavel
