#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/chunked_decoder.h"
#include "common/http/json_request.h"
#include "common/limits.h"

namespace gavel {

// Frames HTTP/1.0 and HTTP/1.1 requests out of a byte stream (RFC 9112), with a limit on every
// part. Strict where laxness lets two servers disagree on where a request ends: bare LF, spaces
// before a colon, folded lines, Content-Length beside Transfer-Encoding are refused.
// No I/O; not thread-safe.
class RequestParser {
  public:
    enum class State {
        head,      // wants more of the head
        body,      // the head is complete, wants more of the body
        complete,  // take() the request
        failed,    // see error(); the connection cannot be used any more
    };

    struct Error {
        int status = 400;
        std::string message;
    };

    // Takes bytes up to the end of the request; returns how many it took. Takes none when
    // complete or failed.
    std::size_t feed(std::string_view bytes);

    State state() const { return state_; }
    const Error& error() const { return error_; }
    // No byte of a request has come yet.
    bool idle() const { return state_ == State::head && head_.empty(); }

    // The client waits for "100 Continue" before it sends the body (RFC 9110, section 10.1.1).
    // Meaningful in State::body; true once.
    bool take_expectation();

    // Meaningful when complete: the connection may serve another request after the answer.
    bool keep_alive() const { return keep_alive_; }
    bool http_1_0() const { return http_1_0_; }
    // Hands the request over and begins with the next one.
    JSONRequest take();

  private:
    void fail(int status, std::string message);
    std::size_t feed_head(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    void parse_head(std::string_view head);
    bool parse_request_line(std::string_view line);
    bool parse_field(std::string_view line);
    void choose_framing();
    void choose_length(std::string_view text);

    State state_ = State::head;
    Error error_;
    std::string head_;               // of which only a part has come
    std::size_t skipped_bytes_ = 0;  // empty lines before it
    std::string method_;
    std::string target_;
    Headers headers_;
    std::string body_;
    bool http_1_0_ = false;
    bool keep_alive_ = true;
    bool expectation_ = false;
    std::size_t body_left_bytes_ = 0;
    std::optional<ChunkedDecoder> chunked_;
};

}  // namespace gavel
