#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/http/client_connection.h"
#include "common/http/service_client.h"
#include "common/http/url.h"
#include "common/runtime/deadlines.h"
#include "common/runtime/event_loop.h"
#include "common/runtime/worker.h"

namespace gavel {

// Reaches a service over HTTP/1.1 with a pool of kept-alive connections. Costs no thread: all of
// it runs on the loop; names are looked up on the given executor.
//
// A request is sent a second time only where that is safe: when nothing of it had left, or when
// it is `repeatable`; and only if it was a kept connection that failed, which the service may
// have closed just before. The second one says so (repeat_header). Loop thread only.
class HTTPServiceClient : public ServiceClient {
  public:
    HTTPServiceClient(EventLoop& loop, Executor& resolver, ServiceURL url);
    ~HTTPServiceClient() override;
    HTTPServiceClient(const HTTPServiceClient&) = delete;
    HTTPServiceClient& operator=(const HTTPServiceClient&) = delete;

    void send(ServiceRequest request, Callback callback) override;

  private:
    struct Call : Deadlines::Entry, std::enable_shared_from_this<Call> {
        void passed() override { client->time_out(shared_from_this()); }

        HTTPServiceClient* client = nullptr;  // which the deadline ends with
        ServiceRequest request;
        Callback callback;
        std::shared_ptr<ClientConnection> connection;  // that carries it now
        bool retried = false;
        bool was_sent = false;  // in whole or in part, by the first try
    };
    using CallPointer = std::shared_ptr<Call>;

    void time_out(const CallPointer& call);
    void start_waiting();
    void carry(const CallPointer& call, const std::shared_ptr<ClientConnection>& connection,
               bool kept);
    void resolve();
    void resolved(std::shared_ptr<const ResolvedAddress> address);
    void released(const std::shared_ptr<ClientConnection>& connection, bool reusable);
    void answered(const CallPointer& call, ClientConnection::Exchange exchange, bool kept);
    void leave_pool(const std::shared_ptr<ClientConnection>& connection);
    void finish(const CallPointer& call, ServiceResult result);
    void close_idle();

    EventLoop& loop_;
    Deadlines deadlines_{loop_};
    Executor& resolver_;
    const ServiceURL url_;

    std::vector<std::shared_ptr<ClientConnection>> idle_;  // the last used at the end
    std::unordered_map<ClientConnection*, std::shared_ptr<ClientConnection>> all_;
    // Those that carry a stream; bounded by whoever passes the streams on.
    std::unordered_map<ClientConnection*, std::shared_ptr<ClientConnection>> streams_;
    std::deque<CallPointer> waiting_;  // for a connection

    std::shared_ptr<const ResolvedAddress> address_;
    std::int64_t address_expires_us_ = 0;
    bool resolving_ = false;

    TimerId idle_timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
