#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/metrics/metrics_page.h"
#include "common/runtime/scheduler.h"
#include "common/runtime/worker.h"
#include "common/storage/storage_trouble.h"
#include "common/web/web_client.h"
#include "services/notifier/webhook_store.h"

namespace gavel::notifier {

// Sends notices to webhooks: to each one notice after the other, to all of them at a time, each
// call on a thread of its own, of which there are limits::max_webhook_calls. A server that is not
// well waits longer and longer between two attempts, and holds up none but itself.
//
// Loop thread only. Borrows what it is given; neither executor may run one of its tasks after the
// store has gone.
class WebhookDispatcher {
  public:
    // Runs on one of the threads.
    using Call = std::function<WebAnswer(const WebPost&)>;
    struct Parts {
        Scheduler& scheduler;
        Executor& disk;
        WebhookStore& store;  // used by `disk` alone
        StorageTrouble& trouble;
        Call call;
        std::function<std::unique_ptr<Executor>()> make_thread;
        std::function<std::int64_t()> unix_us;
        bool allow_private = false;
    };
    struct Counters {
        std::uint64_t delivered = 0;
        std::uint64_t refused = 0;   // the server did not take that notice
        std::uint64_t failed = 0;    // the server is not well, or not there
        std::uint64_t gone = 0;      // webhooks that were turned off
        std::uint64_t given_up = 0;  // notices that were tried as often as they may be
        std::uint64_t dropped = 0;   // notices for which there was no room
        std::size_t calls = 0;       // at the moment
    };

    explicit WebhookDispatcher(Parts parts);
    ~WebhookDispatcher();
    WebhookDispatcher(const WebhookDispatcher&) = delete;
    WebhookDispatcher& operator=(const WebhookDispatcher&) = delete;

    // There may be something to send: there are new notices, or another webhook.
    void wake();

    const Counters& counters() const { return counters_; }
    void append_to(MetricsPage& page) const;

  private:
    struct Thread {
        std::unique_ptr<Executor> executor;
        bool busy = false;
    };

    void look();
    void on_looked(const WebhookStore::Due& due);
    bool begin(const Delivery& delivery);
    Thread* free_thread();
    void on_answered(Thread& thread, const Delivery& delivery, const WebAnswer& answer);
    void on_recorded(const Delivery& delivery, bool given_up, std::uint64_t dropped);
    void count(Verdict verdict);
    void tell(const Delivery& delivery, Verdict verdict, const WebAnswer& answer) const;

    Parts parts_;
    Counters counters_;
    std::set<std::int64_t> busy_;  // webhooks with a call, or one that is being recorded
    bool looking_ = false;
    bool look_again_ = false;
    TimerId timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::vector<std::unique_ptr<Thread>> threads_;  // last: joined before the rest goes
};

}  // namespace gavel::notifier
