#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/http/response.h"

namespace gavel::testing {

// The end of a stream that takes everything at once and keeps it.
class RecordingSink : public StreamSink {
  public:
    void write(std::shared_ptr<const std::string> bytes) override { text_ += *bytes; }
    std::size_t queued_bytes() const override { return 0; }
    void close(bool discard) override {
        closed = true;
        discarded = discard;
    }
    void on_drain(std::function<void()>) override {}
    void on_close(std::function<void()>) override {}

    // What came since the last call.
    std::string take() { return std::exchange(text_, {}); }

    bool closed = false;
    bool discarded = false;

  private:
    std::string text_;
};

}  // namespace gavel::testing
