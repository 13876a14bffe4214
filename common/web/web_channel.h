#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/client_connection.h"
#include "common/runtime/file_descriptor.h"
#include "common/web/web_client.h"

namespace gavel {

// What ended a call.
struct WebFailure {
    WebAnswer::Failure why;
};

// One connection to a web server, plain or with TLS, whose every step ends with the time limit of
// all, or when it is cancelled. Each call throws the WebFailure that ended it. One thread.
class WebChannel {
  public:
    // `deadline_us`: by steady_now_us().
    WebChannel(std::int64_t deadline_us, const std::atomic<bool>& cancelled)
        : deadline_us_(deadline_us), cancelled_(cancelled) {}

    void connect(const ResolvedAddress& address);
    // Everything after it is encrypted. The certificate must be the host's.
    void begin_tls(SSL_CTX* context, const std::string& host);
    void write(std::string_view bytes);
    // What has come, at most `size` bytes; 0 at the end of the connection.
    std::size_t read(char* into, std::size_t size);

    static std::int64_t steady_now_us();

  private:
    struct Free {
        void operator()(SSL* session) const { SSL_free(session); }
    };

    // Throws when it is cancelled or the time is over; gives the milliseconds that are left.
    std::int64_t check() const;
    void wait(short events) const;
    // Waits for what the session needs before `result` can become another one.
    void wait_for_tls(int result, WebAnswer::Failure otherwise) const;

    const std::int64_t deadline_us_;
    const std::atomic<bool>& cancelled_;
    FileDescriptor socket_;
    std::unique_ptr<SSL, Free> tls_;
};

}  // namespace gavel
