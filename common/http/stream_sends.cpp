#include "common/http/stream_sends.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace gavel {
namespace {

constexpr std::size_t most_helpers = 3;
constexpr std::size_t taken_at_once = 16;  // some 150 us: longer than to wake and to be woken
constexpr std::size_t worth_help = 64;     // fewer are sent before a helper is awake

}  // namespace

StreamSends::StreamSends(Scheduler& scheduler, std::size_t helpers)
    : scheduler_(scheduler), max_helpers_(helpers) {}

StreamSends::~StreamSends() {
    *alive_ = false;
}

std::size_t StreamSends::default_helpers() {
    const std::size_t processors = std::thread::hardware_concurrency();
    return std::min(most_helpers, processors > 0 ? processors - 1 : 0);
}

void StreamSends::add(std::shared_ptr<Sender> sender) {
    waiting_.push_back({std::move(sender)});
    if (waiting_.size() > 1) return;
    scheduler_.post([this, alive = alive_] {
        if (*alive) send_all();
    });
}

void StreamSends::send_all() {
    // Who is added while they are told has a turn of its own.
    const auto round = std::make_shared<Round>(std::exchange(waiting_, {}));
    for (Job& job : round->jobs) job.queued_before = job.sender->queued_bytes();
    if (round->count >= worth_help) call_helpers(round);
    round->take_part();
    round->wait_for_all();
    const auto alive = alive_;
    const std::vector<Job> jobs = std::exchange(round->jobs, {});
    for (const Job& job : jobs) {
        job.sender->sent(job.progress, job.queued_before);
        if (!*alive) return;
    }
}

// A helper that comes too late finds nothing to do, and nobody waits for it.
void StreamSends::call_helpers(const std::shared_ptr<Round>& round) {
    while (helpers_.size() < max_helpers_) {
        helpers_.push_back(std::make_unique<Worker>("stream sends"));
    }
    for (const auto& helper : helpers_) {
        [[maybe_unused]] const bool comes = helper->submit([round] { round->take_part(); });
    }
}

void StreamSends::Round::take_part() {
    for (;;) {
        const std::size_t first = next.fetch_add(taken_at_once, std::memory_order_relaxed);
        if (first >= count) return;
        const std::size_t end = std::min(first + taken_at_once, count);
        for (std::size_t i = first; i < end; ++i) jobs[i].progress = jobs[i].sender->send_queued();
        done.fetch_add(end - first, std::memory_order_release);
        done.notify_one();
    }
}

void StreamSends::Round::wait_for_all() {
    for (std::size_t seen = 0; (seen = done.load(std::memory_order_acquire)) < count;) {
        done.wait(seen, std::memory_order_acquire);
    }
}

}  // namespace gavel
