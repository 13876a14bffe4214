#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/http/headers.h"

namespace gavel {

// Where a stream's bytes go: one open answer. Loop thread only.
class StreamSink {
  public:
    virtual ~StreamSink() = default;

    // Sends the bytes, or queues what the reader does not take now. The text is shared, not
    // copied. Ignored once the stream is closed.
    virtual void write(std::shared_ptr<const std::string> bytes) = 0;
    // What is queued and not yet taken by the reader. Whoever writes keeps this bounded.
    virtual std::size_t queued_bytes() const = 0;
    // Ends the stream after what is queued; at once when `discard` is set.
    virtual void close(bool discard = false) = 0;

    // Called whenever the queue has become empty.
    virtual void on_drain(std::function<void()> callback) = 0;
    // Called once, when the reader has gone or close() has finished. After it no call is made.
    virtual void on_close(std::function<void()> callback) = 0;
};

// What a handler answers: a status, headers, and a whole body or a stream.
struct Response {
    int status = 200;
    Headers headers;
    std::string body;
    // When set, the answer is a stream: called once with the sink after the head was sent.
    std::function<void(std::shared_ptr<StreamSink>)> stream;
    // The stream is a body that comes in pieces and has an end that its reader is told of; else it
    // ends with its connection.
    bool has_end = false;
};

// An answer whose body is a JSON object.
struct JSONResponse : Response {
    JSONResponse(int status, const nlohmann::json& object);

    // For bodies that were serialized elsewhere. The text must be JSON.
    static JSONResponse rendered(int status, std::string text);
    // {"error": message}
    static JSONResponse error(int status, std::string_view message);
    // 503 with Retry-After in seconds: nothing was changed, asking again later is right.
    static JSONResponse unavailable(std::string_view message, int retry_after_seconds = 1);

  private:
    JSONResponse() = default;
};

// An answer that goes on: server-sent events (`start` is called with the open sink).
struct StreamingResponse : Response {
    explicit StreamingResponse(std::function<void(std::shared_ptr<StreamSink>)> start);
};

// Answers one request, now or later, from the loop's thread. Copies share the one answer; if all
// are dropped without it, the client gets 500, so that no request is left hanging.
class Responder {
  public:
    // `deliver` takes the Response; it is called once and then let go.
    template <std::invocable<Response> Deliver>
    explicit Responder(Deliver deliver)
        : answer_(std::make_shared<AnswerTo<Deliver>>(std::move(deliver))) {}

    // The first answer counts; a second one is ignored.
    void operator()(Response response) const { answer_->give(std::move(response)); }
    bool answered() const { return answer_->given(); }

  private:
    // One object for all copies, whoever the answer is for.
    class Answer {
      public:
        Answer() = default;
        virtual ~Answer() = default;
        Answer(const Answer&) = delete;
        Answer& operator=(const Answer&) = delete;
        virtual void give(Response response) = 0;
        virtual bool given() const = 0;
    };

    template <class Deliver>
    class AnswerTo : public Answer {
      public:
        explicit AnswerTo(Deliver deliver) : deliver_(std::move(deliver)) {}
        ~AnswerTo() override {
            if (deliver_) give(JSONResponse::error(500, "internal error"));
        }
        void give(Response response) override {
            if (!deliver_) return;
            // Let go first: what it does may come back here.
            Deliver deliver = std::move(*deliver_);
            deliver_.reset();
            deliver(std::move(response));
        }
        bool given() const override { return !deliver_; }

      private:
        std::optional<Deliver> deliver_;
    };

    std::shared_ptr<Answer> answer_;
};

}  // namespace gavel
