#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/http/chunked_decoder.h"
#include "common/http/headers.h"

namespace gavel {

// Frames one HTTP/1.x answer after another out of a byte stream (RFC 9112, section 6.3).
// Body bytes are handed out as they come, so a stream can be passed on. No I/O.
class ResponseParser {
  public:
    enum class State { head, body, complete, failed };

    // `head_request`: the answer has no body whatever its head says.
    explicit ResponseParser(bool head_request = false) : head_request_(head_request) {}

    // Takes bytes up to the end of the answer; returns how many it took.
    std::size_t feed(std::string_view bytes);
    // The connection was closed: completes an answer that ends with it, else fails.
    void end_of_stream();

    State state() const { return state_; }
    int status() const { return status_; }
    const Headers& headers() const { return headers_; }
    Headers take_headers() { return std::exchange(headers_, {}); }
    // The answer has neither a length nor chunks: it goes on until the connection ends.
    bool until_close() const { return until_close_; }
    // The connection may carry another request after this answer.
    bool keep_alive() const { return keep_alive_ && !until_close_; }
    bool any_bytes() const { return any_bytes_; }

    // What has come of the body since the last call.
    std::string take_body() { return std::exchange(body_, {}); }
    std::size_t body_bytes() const { return body_.size(); }

  private:
    std::size_t feed_head(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    void parse_head(std::string_view head);
    void choose_framing(bool http_1_0);

    bool head_request_;
    State state_ = State::head;
    std::string head_;  // of which only a part has come
    int status_ = 0;
    Headers headers_;
    std::string body_;
    bool until_close_ = false;
    bool keep_alive_ = true;
    bool any_bytes_ = false;
    std::uint64_t body_left_bytes_ = 0;
    std::optional<ChunkedDecoder> chunked_;
};

}  // namespace gavel
