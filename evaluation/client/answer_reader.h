#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/chunked_decoder.h"

namespace gavel::evaluation {

// Frames the answers on a keep-alive connection at as little cost as possible: looks at the status,
// the length and whether the connection goes on, and skips the rest. Keeps the beginning of a body
// only where that is asked for. No I/O.
class AnswerReader {
  public:
    enum class State : std::uint8_t { head, body, complete, failed };

    static constexpr std::size_t max_head_bytes = 64 * 1024;             // longer: failed
    static constexpr std::size_t max_body_bytes = std::size_t{1} << 30;  // chunked, longer: failed

    // Begins with the next answer, of whose body that many bytes are kept.
    void begin(std::size_t kept_body_bytes);
    // Takes bytes up to the end of the answer; returns how many it took.
    std::size_t feed(std::string_view bytes);

    State state() const { return state_; }
    int status() const { return status_; }
    // Valid when complete.
    bool keep_alive() const { return keep_alive_; }
    std::string_view kept_body() const { return body_; }

  private:
    std::size_t feed_head(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    void read_head(std::string_view head);
    void keep(std::string_view bytes);

    State state_ = State::head;
    bool keep_alive_ = true;
    int status_ = 0;
    std::size_t kept_body_bytes_ = 0;
    std::size_t body_left_bytes_ = 0;
    std::optional<ChunkedDecoder> chunked_;
    std::string partial_head_;
    std::string body_;
};

}  // namespace gavel::evaluation
