#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/response.h"

namespace gavel::gateway {

// One event of the stream, as its reader gets it.
struct Frame {
    std::string id;
    std::string event;
    std::string data;
    bool operator==(const Frame&) const = default;
};

// A stream's reader: takes all at once, or stands still for as long as the test says.
class FakeSink : public StreamSink {
  public:
    void write(std::shared_ptr<const std::string> bytes) override {
        if (closed) return;
        pieces.push_back(bytes);
        queued_ += *bytes;
        if (gone_at_write) {
            leave();
        } else if (reading) {
            take();
        }
    }
    std::size_t queued_bytes() const override { return queued_.size(); }
    void close(bool discard) override {
        discarded = discard;
        leave();
    }
    void on_drain(std::function<void()> callback) override { drained_ = std::move(callback); }
    void on_close(std::function<void()> callback) override { gone_ = std::move(callback); }

    // The reader goes on after it stood still.
    void read_on() {
        reading = true;
        if (queued_.empty()) return;
        take();
        if (drained_) drained_();
    }
    // The reader is gone.
    void leave() {
        if (std::exchange(closed, true)) return;
        drained_ = nullptr;
        const auto gone = std::exchange(gone_, nullptr);
        if (gone) gone();
    }

    // What came since the last call, the advice to retry left out.
    std::vector<Frame> frames() {
        std::vector<Frame> found;
        std::string_view rest = text_;
        while (!rest.empty()) {
            const auto end = rest.find("\n\n");
            if (end == std::string_view::npos) break;
            Frame frame;
            std::string_view lines = rest.substr(0, end);
            rest.remove_prefix(end + 2);
            while (!lines.empty()) {
                const auto line = lines.substr(0, lines.find('\n'));
                lines.remove_prefix(std::min(lines.size(), line.size() + 1));
                if (line.starts_with("id: ")) frame.id = line.substr(4);
                if (line.starts_with("event: ")) frame.event = line.substr(7);
                if (line.starts_with("data: ")) frame.data = line.substr(6);
            }
            if (!frame.event.empty()) found.push_back(std::move(frame));
        }
        text_.erase(0, text_.size() - rest.size());
        return found;
    }
    const std::string& text() const { return text_; }

    std::vector<std::shared_ptr<const std::string>> pieces;
    bool reading = true;
    bool gone_at_write = false;
    bool closed = false;
    bool discarded = false;

  private:
    void take() { text_ += std::exchange(queued_, {}); }

    std::string queued_;
    std::string text_;
    std::function<void()> drained_;
    std::function<void()> gone_;
};

}  // namespace gavel::gateway
