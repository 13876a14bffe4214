#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "common/http/output_queue.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"

namespace gavel {

// Sends what streams were given in a turn of the loop, at its end. A send costs ten microseconds in
// the kernel, and an event goes to ten thousand subscribers: when there are many, threads of its
// own take some of them. The loop waits meanwhile, so nothing that a send touches is shared.
// Loop thread only.
class StreamSends {
  public:
    // One who has something to send.
    class Sender {
      public:
        virtual ~Sender() = default;
        // Sends as much as the socket takes now, and does nothing else. Any thread, but one.
        virtual OutputQueue::Progress send_queued() = 0;
        // What became of it. Loop thread.
        virtual void sent(OutputQueue::Progress progress, std::size_t queued_before) = 0;
        virtual std::size_t queued_bytes() const = 0;
    };

    // `helpers`: how many threads may help; they start when there is work for them.
    explicit StreamSends(Scheduler& scheduler) : StreamSends(scheduler, default_helpers()) {}
    StreamSends(Scheduler& scheduler, std::size_t helpers);
    ~StreamSends();
    StreamSends(const StreamSends&) = delete;
    StreamSends& operator=(const StreamSends&) = delete;

    // One for each further processor, three at most.
    static std::size_t default_helpers();

    // Its turn comes at the end of this turn of the loop. Once is enough until then.
    void add(std::shared_ptr<Sender> sender);

  private:
    struct Job {
        std::shared_ptr<Sender> sender;
        std::size_t queued_before = 0;
        OutputQueue::Progress progress = OutputQueue::Progress::drained;
    };
    // Jobs that several threads take from, some at a time. Who comes when none are left touches
    // the counts alone: the jobs are the loop's again, and nobody else lets go of a sender.
    struct Round {
        explicit Round(std::vector<Job> made) : jobs(std::move(made)), count(jobs.size()) {}
        void take_part();
        void wait_for_all();

        std::vector<Job> jobs;
        const std::size_t count;
        std::atomic<std::size_t> next = 0;
        std::atomic<std::size_t> done = 0;
    };

    void send_all();
    void call_helpers(const std::shared_ptr<Round>& round);

    Scheduler& scheduler_;
    const std::size_t max_helpers_;
    std::vector<Job> waiting_;
    std::vector<std::unique_ptr<Worker>> helpers_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
