#include "common/http/batch_handler.h"

#include <memory>
#include <utility>
#include <vector>

#include "common/http/message_batch.h"
#include "common/http/service_client.h"
#include "common/limits.h"

namespace gavel {
namespace {

// The answers of a batch that is being handled. Kept by those who are to give one.
class Gathering : public std::enable_shared_from_this<Gathering> {
  public:
    Gathering(Scheduler& scheduler, std::size_t count, Responder respond)
        : scheduler_(scheduler), open_(count), respond_(std::move(respond)) {}

    // Answers when the time is over, with what is there then.
    void begin() { tell_at_latest_after(limits::batch_patience_ms); }

    void take(std::size_t place, Response answer) {
        if (answer.stream) answer = JSONResponse::error(501, "a batch cannot have a stream");
        append_answer_text(text_, answer, place);
        --open_;
        if (std::exchange(telling_soon_, true)) return;
        scheduler_.post([self = shared_from_this()] { self->tell(); });
    }

  private:
    void tell_at_latest_after(std::int64_t ms) {
        scheduler_.call_after_ms(ms, [weak = weak_from_this()] {
            if (const auto self = weak.lock(); self && !self->told_) self->tell();
        });
    }

    void tell() {
        telling_soon_ = false;
        if (!std::exchange(told_, true)) {
            begin_answer();
        } else if (sink_ != nullptr) {
            write();
        }
    }

    void begin_answer() {
        Response whole;
        whole.headers.set("Content-Type", batch_type);
        if (open_ == 0) {
            whole.body = std::exchange(text_, {});
        } else {
            whole.has_end = true;
            whole.stream = [self = shared_from_this()](const std::shared_ptr<StreamSink>& sink) {
                self->sink_ = sink;
                self->write();
            };
        }
        respond_(std::move(whole));
    }

    void write() {
        if (!text_.empty()) {
            sink_->write(std::make_shared<const std::string>(std::exchange(text_, {})));
        }
        if (open_ == 0) std::exchange(sink_, nullptr)->close();
    }

    Scheduler& scheduler_;
    std::size_t open_;
    Responder respond_;
    std::string text_;  // of answers that were not told yet
    std::shared_ptr<StreamSink> sink_;
    bool telling_soon_ = false;
    bool told_ = false;  // the whole answer, or that it is a stream
};

}  // namespace

BatchHandler::BatchHandler(Scheduler& scheduler, const JSONRequestHandler& inner)
    : JSONRequestHandler(inner.service()), scheduler_(scheduler), inner_(inner) {}

void BatchHandler::handle(JSONRequest request, Responder respond) const {
    if (request.target() == batch_target && request.method() == "POST") {
        handle_batch(request, respond);
    } else {
        inner_.handle(std::move(request), std::move(respond));
    }
}

void BatchHandler::handle_batch(const JSONRequest& request, const Responder& respond) const {
    auto requests = parse_batch(request.body());
    if (!requests || requests->empty()) {
        respond(JSONResponse::error(400, "the body is no batch of requests"));
        return;
    }
    const auto repeated = request.header(repeat_header);
    const auto gathering = std::make_shared<Gathering>(scheduler_, requests->size(), respond);
    gathering->begin();
    for (std::size_t place = 0; place < requests->size(); ++place) {
        JSONRequest& one = (*requests)[place];
        if (repeated) one.headers().set(repeat_header, std::string(*repeated));
        inner_.handle(std::move(one), Responder([gathering, place](Response answer) {
                          gathering->take(place, std::move(answer));
                      }));
    }
}

}  // namespace gavel
