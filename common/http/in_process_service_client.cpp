#include "common/http/in_process_service_client.h"

namespace gavel {
namespace {

// The race between the answer and the deadline: the first one is told. Kept by the handler's
// responder, and by itself until it was told.
class Call : public Deadlines::Entry {
  public:
    Call(std::shared_ptr<Deadlines> deadlines, ServiceClient::Callback callback)
        : deadlines_(std::move(deadlines)), callback_(std::move(callback)) {}

    void finish(ServiceResult result) {
        if (!callback_) return;
        deadlines_->drop(*this);
        const auto callback = std::exchange(callback_, nullptr);
        callback(std::move(result));
    }

    void passed() override { finish({ServiceFailure::timed_out, {}}); }

  private:
    std::shared_ptr<Deadlines> deadlines_;
    ServiceClient::Callback callback_;
};

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
    auto call = std::make_shared<Call>(deadlines_, std::move(callback));
    deadlines_->set(*call, request.timeout_ms);
    handler_.handle(std::move(incoming), Responder([call = std::move(call)](Response response) {
                        const bool fits = response.body.size() <= limits::max_answer_bytes;
                        call->finish(fits ? ServiceResult{ServiceFailure::none, std::move(response)}
                                          : ServiceResult{ServiceFailure::too_large, {}});
                    }));
}

}  // namespace gavel
