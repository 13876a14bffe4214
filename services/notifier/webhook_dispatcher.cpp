#include "services/notifier/webhook_dispatcher.h"

#include <algorithm>
#include <utility>

#include "common/limits.h"
#include "common/logging/logging.h"
#include "services/notifier/webhook_signature.h"

namespace gavel::notifier {
namespace {

// When the disk did not take a task.
constexpr std::int64_t look_again_ms = 1'000;

WebPost post_of(const Delivery& delivery, std::int64_t now_us, bool allow_private) {
    WebPost post;
    post.url = WebURL::parse(delivery.url);
    post.headers =
        signed_headers(delivery.secret, delivery.message_id, now_us / 1'000'000, delivery.body);
    post.headers.add("Content-Type", "application/json");
    post.headers.add("User-Agent", "Gavel");
    post.body = delivery.body;
    post.time_limit_ms = limits::webhook_time_limit_ms;
    post.allow_private = allow_private;
    return post;
}

}  // namespace

WebhookDispatcher::WebhookDispatcher(Parts parts) : parts_(std::move(parts)) {}

WebhookDispatcher::~WebhookDispatcher() {
    *alive_ = false;
    parts_.scheduler.cancel(timer_);
}

void WebhookDispatcher::wake() {
    if (std::exchange(looking_, true)) {
        look_again_ = true;
    } else {
        look();
    }
}

void WebhookDispatcher::look() {
    parts_.scheduler.cancel(timer_);
    auto task = [this, alive = alive_, &store = parts_.store, &scheduler = parts_.scheduler,
                 now_us = parts_.unix_us(), busy = busy_]() mutable {
        WebhookStore::Due due;
        const auto error = attempt([&] { due = store.due(now_us, busy); });
        scheduler.post([this, alive = std::move(alive), error, due = std::move(due)] {
            if (!*alive) return;
            parts_.trouble.report(error);
            on_looked(due);
        });
    };
    if (parts_.disk.submit(std::move(task))) return;
    looking_ = false;
    timer_ = parts_.scheduler.call_after_ms(look_again_ms, [this] { wake(); });
}

void WebhookDispatcher::on_looked(const WebhookStore::Due& due) {
    looking_ = false;
    // Those that find no thread are found again when one is free.
    for (const auto& delivery : due.deliveries) {
        if (busy_.count(delivery.webhook_id) == 0 && !begin(delivery)) break;
    }
    if (std::exchange(look_again_, false)) {
        wake();
        return;
    }
    if (!due.next_us) return;
    const std::int64_t wait_us = std::max<std::int64_t>(0, *due.next_us - parts_.unix_us());
    timer_ = parts_.scheduler.call_after_ms(wait_us / 1000 + 1, [this] { wake(); });
}

WebhookDispatcher::Thread* WebhookDispatcher::free_thread() {
    for (const auto& thread : threads_) {
        if (!thread->busy) return thread.get();
    }
    if (threads_.size() == limits::max_webhook_calls) return nullptr;
    threads_.push_back(std::make_unique<Thread>());
    threads_.back()->executor = parts_.make_thread();
    return threads_.back().get();
}

bool WebhookDispatcher::begin(const Delivery& delivery) {
    Thread* const thread = free_thread();
    if (thread == nullptr) return false;
    auto task = [this, alive = alive_, thread, call = parts_.call, &scheduler = parts_.scheduler,
                 delivery, post = post_of(delivery, parts_.unix_us(), parts_.allow_private)] {
        const WebAnswer answer = call(post);
        scheduler.post([this, alive, thread, delivery, answer] {
            if (*alive) on_answered(*thread, delivery, answer);
        });
    };
    if (!thread->executor->submit(std::move(task))) return false;
    thread->busy = true;
    busy_.insert(delivery.webhook_id);
    ++counters_.calls;
    return true;
}

void WebhookDispatcher::on_answered(Thread& thread, const Delivery& delivery,
                                    const WebAnswer& answer) {
    thread.busy = false;
    --counters_.calls;
    const Verdict verdict = verdict_on(answer);
    count(verdict);
    tell(delivery, verdict, answer);
    auto task = [this, alive = alive_, &store = parts_.store, &scheduler = parts_.scheduler,
                 delivery, verdict, now_us = parts_.unix_us()]() mutable {
        bool given_up = false;
        const auto error = attempt([&] { given_up = store.record(delivery, verdict, now_us); });
        scheduler.post(
            [this, alive = std::move(alive), error, delivery, given_up, dropped = store.dropped()] {
                if (!*alive) return;
                parts_.trouble.report(error);
                on_recorded(delivery, given_up, dropped);
            });
    };
    // What could not be recorded is sent again: twice is allowed, not at all is not.
    if (!parts_.disk.submit(std::move(task))) on_recorded(delivery, false, counters_.dropped);
}

void WebhookDispatcher::on_recorded(const Delivery& delivery, bool given_up,
                                    std::uint64_t dropped) {
    busy_.erase(delivery.webhook_id);
    counters_.given_up += given_up ? 1 : 0;
    counters_.dropped = dropped;
    wake();
}

void WebhookDispatcher::count(Verdict verdict) {
    switch (verdict) {
        case Verdict::delivered: ++counters_.delivered; return;
        case Verdict::refused: ++counters_.refused; return;
        case Verdict::down: ++counters_.failed; return;
        case Verdict::gone: ++counters_.gone; return;
    }
}

void WebhookDispatcher::append_to(MetricsPage& page) const {
    const auto result = [&page](const char* name, std::uint64_t count) {
        page.counter("gavel_webhook_attempts_total", "Calls of webhooks, by how they ended.",
                     {{"result", name}}, count);
    };
    result("delivered", counters_.delivered);
    result("refused", counters_.refused);
    result("failed", counters_.failed);
    result("gone", counters_.gone);
    page.counter("gavel_webhook_notices_given_up_total", "Notices tried as often as they may be.",
                 {}, counters_.given_up);
    page.counter("gavel_webhook_notices_dropped_total", "Notices for which there was no room.", {},
                 counters_.dropped);
    page.gauge("gavel_webhook_calls", "Calls of webhooks under way.", {},
               static_cast<double>(counters_.calls));
}

// The address is not logged: a webhook's path is often a secret.
void WebhookDispatcher::tell(const Delivery& delivery, Verdict verdict,
                             const WebAnswer& answer) const {
    if (verdict == Verdict::delivered) return;
    const std::string what = answer.failure == WebAnswer::Failure::none
                                 ? "it answered " + std::to_string(answer.status)
                                 : to_string(answer.failure);
    service_logger("notifier_service")
        ->warn("webhook {} did not take notice {}, attempt {}: {}{}", delivery.webhook_id,
               delivery.notice_id, delivery.attempts + 1, what,
               verdict == Verdict::gone ? "; it is turned off" : "");
}

}  // namespace gavel::notifier
