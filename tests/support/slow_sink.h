#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/http/response.h"

namespace gavel::testing {

// The end of a stream whose reader takes what is written when the test says so.
class SlowSink : public StreamSink {
  public:
    void write(std::shared_ptr<const std::string> bytes) override { queued += *bytes; }
    std::size_t queued_bytes() const override { return queued.size(); }
    void close(bool discard) override {
        closed = true;
        broken_off = discard;
    }
    void on_drain(std::function<void()> callback) override { drained_ = std::move(callback); }
    void on_close(std::function<void()> callback) override { gone_ = std::move(callback); }

    // What is queued; the writer is told that it was taken.
    std::string take() {
        std::string taken = std::exchange(queued, {});
        if (!closed) drained_();
        return taken;
    }
    // Its reader closes the connection.
    void leave() { std::exchange(gone_, nullptr)(); }

    std::string queued;
    bool closed = false;
    bool broken_off = false;

  private:
    std::function<void()> drained_;
    std::function<void()> gone_;
};

}  // namespace gavel::testing
