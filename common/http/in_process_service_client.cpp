#include "common/http/in_process_service_client.h"

#include <memory>

namespace gavel {
namespace {

// The race between the answer and the deadline: the first one is told.
struct Call {
    ServiceClient::Callback callback;
    TimerId deadline;
};

void finish(Scheduler& scheduler, Call& call, ServiceResult result) {
    if (!call.callback) return;
    scheduler.cancel(call.deadline);
    const auto callback = std::exchange(call.callback, nullptr);
    callback(std::move(result));
}

}  // namespace

void InProcessServiceClient::send(ServiceRequest request, Callback callback) {
    if (request.body.size() > limits::max_body_bytes ||
        request.target.size() > limits::max_target_bytes) {
        callback({ServiceFailure::too_large, {}});
        return;
    }
    JSONRequest incoming(std::move(request.method), std::move(request.target),
                         std::move(request.body), std::move(request.headers));
    incoming.set_request_id(std::move(request.request_id));
    auto call = std::make_shared<Call>(Call{std::move(callback), {}});
    // Not `this`: a call outlives its client.
    Scheduler& scheduler = scheduler_;
    call->deadline = scheduler.call_after_ms(request.timeout_ms, [&scheduler, call] {
        finish(scheduler, *call, {ServiceFailure::timed_out, {}});
    });
    handler_.handle(std::move(incoming), Responder([&scheduler, call](Response response) {
                        const bool fits = response.body.size() <= limits::max_answer_bytes;
                        finish(scheduler, *call,
                               fits ? ServiceResult{ServiceFailure::none, std::move(response)}
                                    : ServiceResult{ServiceFailure::too_large, {}});
                    }));
}

}  // namespace gavel
