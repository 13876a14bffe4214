#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gavel {

// Decodes a chunked body (RFC 9112, section 7.1). Chunk extensions and trailers are read over.
// No I/O; not thread-safe.
class ChunkedDecoder {
  public:
    // What the decoded body and everything beside it may be at most.
    explicit ChunkedDecoder(std::size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

    // Appends what the bytes decode to; returns how many were taken. Takes none when done.
    std::size_t feed(std::string_view bytes, std::string& out);

    bool done() const { return state_ == State::done; }
    bool malformed() const { return state_ == State::malformed; }
    bool too_large() const { return state_ == State::too_large; }

  private:
    enum class State { size, data, data_end, trailer, done, malformed, too_large };

    void take_line();

    std::size_t max_body_bytes_;
    State state_ = State::size;
    std::string line_;
    std::uint64_t chunk_left_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    std::size_t overhead_bytes_ = 0;
};

}  // namespace gavel
