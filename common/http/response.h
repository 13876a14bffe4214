#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

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
    using Deliver = std::function<void(Response)>;

    explicit Responder(Deliver deliver);
    // The first answer counts; a second one is ignored.
    void operator()(Response response) const;
    bool answered() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gavel
