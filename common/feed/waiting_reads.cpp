#include "common/feed/waiting_reads.h"

#include <utility>

#include "common/limits.h"

namespace gavel {

WaitingReads::~WaitingReads() {
    for (const auto& [key, waiting] : waiting_) scheduler_.cancel(waiting.deadline);
}

void WaitingReads::add(std::uint64_t index, std::int64_t timeout_ms, Callback callback) {
    if (waiting_.size() >= limits::max_waiting_reads) {
        callback(false);
        return;
    }
    const Key key{index, ++last_serial_};
    const TimerId deadline = scheduler_.call_after_ms(timeout_ms, [this, key] {
        auto late = waiting_.extract(key);
        late.mapped().callback(false);
    });
    waiting_.emplace(key, Waiting{std::move(callback), deadline});
}

void WaitingReads::release(std::uint64_t reached) {
    // A callback may add another read, so each is taken out before it is called.
    while (!waiting_.empty() && waiting_.begin()->first.first <= reached) {
        auto released = waiting_.extract(waiting_.begin());
        scheduler_.cancel(released.mapped().deadline);
        released.mapped().callback(true);
    }
}

}  // namespace gavel
