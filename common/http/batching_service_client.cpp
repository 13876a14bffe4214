#include "common/http/batching_service_client.h"

#include <algorithm>

#include "common/http/message_batch.h"
#include "common/http/request_id.h"
#include "common/http/request_text.h"
#include "common/limits.h"

namespace gavel {

// One request and who waits for its answer: told once, by the answer or by the deadline.
class BatchingServiceClient::Call : public Deadlines::Entry {
  public:
    Call(std::shared_ptr<Deadlines> deadlines, ServiceRequest wish, Callback callback)
        : request(std::move(wish)),
          deadlines_(std::move(deadlines)),
          callback_(std::move(callback)) {}
    ~Call() override { deadlines_->drop(*this); }

    bool finished() const { return !callback_; }
    void finish(ServiceResult result) {
        if (finished()) return;
        deadlines_->drop(*this);
        const auto callback = std::exchange(callback_, nullptr);
        callback(std::move(result));
    }
    void passed() override {
        const auto self = keeper.lock();  // the callback may let go of the last of us
        finish({ServiceFailure::timed_out, {}});
    }

    ServiceRequest request;
    std::weak_ptr<Call> keeper;

  private:
    std::shared_ptr<Deadlines> deadlines_;
    Callback callback_;
};

// Where the answers of a batch come in: tells each of them to whoever waits for it.
class BatchingServiceClient::Answers : public StreamSink,
                                       public std::enable_shared_from_this<Answers> {
  public:
    Answers(std::shared_ptr<const bool> client_alive, Batch batch)
        : client_alive_(std::move(client_alive)), batch_(std::move(batch)) {}

    void take(std::string_view text) {
        const auto self = shared_from_this();  // a callback may end the client
        const bool in_order = reader_.feed(text, [this](std::size_t place, Response answer) {
            if (place < batch_.size()) {
                batch_[place]->finish({ServiceFailure::none, std::move(answer)});
            }
        });
        if (!in_order) close(true);
    }

    void write(std::shared_ptr<const std::string> bytes) override { take(*bytes); }
    std::size_t queued_bytes() const override { return 0; }
    // Nothing comes any more: who has no answer by now gets none.
    void close(bool) override {
        const auto self = shared_from_this();
        for (const auto& call : std::exchange(batch_, {})) {
            if (*client_alive_) call->finish({ServiceFailure::lost, {}});
        }
        const auto closed = std::exchange(closed_, nullptr);
        if (closed) closed();
    }
    void on_drain(std::function<void()>) override {}
    void on_close(std::function<void()> callback) override { closed_ = std::move(callback); }

  private:
    std::shared_ptr<const bool> client_alive_;
    Batch batch_;
    AnswerReader reader_;
    std::function<void()> closed_;
};

BatchingServiceClient::BatchingServiceClient(Scheduler& scheduler,
                                             std::unique_ptr<ServiceClient> client)
    : scheduler_(scheduler),
      deadlines_(std::make_shared<Deadlines>(scheduler)),
      client_(std::move(client)) {}

BatchingServiceClient::~BatchingServiceClient() {
    *alive_ = false;
}

void BatchingServiceClient::send(ServiceRequest request, Callback callback) {
    const bool fits = request.method == "POST" &&
                      request.body.size() <= limits::max_batch_request_bytes &&
                      request.target.size() <= limits::max_target_bytes;
    if (!fits || !knows_batches_) {
        client_->send(std::move(request), std::move(callback));
        return;
    }
    if (waiting_.size() >= limits::max_queued_requests) {
        callback({ServiceFailure::overloaded, {}});
        return;
    }
    const std::int64_t timeout_ms = request.timeout_ms;
    auto call = std::make_shared<Call>(deadlines_, std::move(request), std::move(callback));
    call->keeper = call;
    deadlines_->set(*call, timeout_ms);
    waiting_.push_back(std::move(call));
    send_soon();
}

void BatchingServiceClient::send_soon() {
    if (sending_soon_ || under_way_ >= limits::max_batches_under_way) return;
    sending_soon_ = true;
    scheduler_.post([this, alive = alive_] {
        if (!*alive) return;
        sending_soon_ = false;
        send_waiting();
    });
}

void BatchingServiceClient::send_waiting() {
    while (!waiting_.empty() && under_way_ < limits::max_batches_under_way) {
        Batch batch = take_batch();
        if (batch.empty()) continue;
        ++under_way_;
        if (batch.size() == 1) {
            send_alone(batch.front());
        } else {
            send_batch(std::move(batch));
        }
    }
}

BatchingServiceClient::Batch BatchingServiceClient::take_batch() {
    Batch batch;
    std::size_t bytes = 0;
    while (!waiting_.empty() && batch.size() < limits::max_batch_requests) {
        const CallPointer& next = waiting_.front();
        if (!next->finished()) {
            constexpr std::size_t head_bytes = 1'024;  // more than a request of ours has
            bytes += next->request.target.size() + next->request.body.size() + head_bytes;
            const bool fits =
                batch.empty() || (bytes <= limits::max_body_bytes &&
                                  next->request.repeatable == batch.front()->request.repeatable);
            if (!fits) break;
            batch.push_back(next);
        }
        waiting_.pop_front();
    }
    return batch;
}

void BatchingServiceClient::send_alone(const CallPointer& call) {
    client_->send(std::move(call->request), [this, alive = alive_, call](ServiceResult result) {
        if (!*alive) return;
        --under_way_;
        send_soon();
        call->finish(std::move(result));
    });
}

void BatchingServiceClient::send_batch(Batch batch) {
    ServiceRequest whole;
    whole.method = "POST";
    whole.target = batch_target;
    whole.headers.set("Content-Type", batch_type);
    whole.request_id = make_request_id();
    whole.repeatable = batch.front()->request.repeatable;
    whole.timeout_ms = 0;
    for (const auto& call : batch) {
        append_request_text(whole.body, call->request, "batch", false);
        whole.timeout_ms = std::max(whole.timeout_ms, call->request.timeout_ms);
    }
    client_->send(std::move(whole),
                  [this, alive = alive_, batch = std::move(batch)](ServiceResult result) {
                      if (*alive) answered(batch, std::move(result));
                  });
}

void BatchingServiceClient::answered(Batch batch, ServiceResult result) {
    --under_way_;
    send_soon();
    const bool is_unknown =
        result.ok() && (result.response.status == 404 || result.response.status == 405);
    if (is_unknown) {
        // Nothing of it was done.
        knows_batches_ = false;
        for (const auto& call : batch) {
            ++under_way_;
            send_alone(call);
        }
        return;
    }
    if (!result.ok() || result.response.status != 200) {
        for (const auto& call : batch) call->finish(result);
        return;
    }
    const auto answers = std::make_shared<Answers>(alive_, std::move(batch));
    if (result.response.stream) {
        result.response.stream(answers);
    } else {
        answers->take(result.response.body);
        answers->close(false);
    }
}

}  // namespace gavel
