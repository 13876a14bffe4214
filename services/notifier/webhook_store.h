#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/feed/view_file.h"
#include "services/notifier/delivery_rules.h"
#include "services/notifier/webhook.h"

namespace gavel::notifier {

// Webhooks and what they have yet to be told, in the notifier's file. A notice that a webhook wants
// is waiting for it from the moment that it is in the file, in the same transaction, and until the
// webhook has taken it, so each is told at least once. Used by the disk's thread alone; borrows the
// file. Fails as ViewFile does.
class WebhookStore {
  public:
    // Part of the schema of the notifier's file.
    static const char* schema;

    explicit WebhookStore(ViewFile& file);

    // Notices from now on. Nothing when there are limits::max_webhooks already.
    std::optional<Webhook> add(const std::string& url, const std::string& secret, NoticeKinds kinds,
                               std::int64_t now_us);
    // The webhook that was there; nothing when there was none.
    std::optional<Webhook> remove(std::int64_t id);
    std::vector<Webhook> list();

    // What any of them wants, of those that are on.
    NoticeKinds wanted();

    // Notices with this id and later ones are new. REQUIRES: within ViewFile::write()
    void enqueue(std::int64_t first_new_notice);

    // For each webhook, but those that are busy, the first notice that it is time for; and when it
    // is time for another one, if none of them comes before.
    struct Due {
        std::vector<Delivery> deliveries;
        std::optional<std::int64_t> next_us;
    };
    Due due(std::int64_t now_us, const std::set<std::int64_t>& busy);

    // Keeps how an attempt ended. True when the notice was given up.
    bool record(const Delivery& delivery, Verdict verdict, std::int64_t now_us);

    // Notices that were left out because too many waited for their webhook.
    std::uint64_t dropped() const { return dropped_; }

  private:
    std::optional<Webhook> find(std::int64_t id);
    std::uint64_t changes();
    // When the webhook's next notice may be sent; nothing when none waits.
    std::optional<std::int64_t> next_ready_us(const Webhook& webhook, std::int64_t now_us);
    Delivery first_due(const Webhook& webhook, std::int64_t now_us);
    bool fail(const Delivery& delivery, Verdict verdict, std::int64_t now_us);
    void finish(const Delivery& delivery);
    void set_health(std::int64_t webhook, int failures, std::int64_t paused_until_us);
    void drop_oldest(std::int64_t webhook);

    ViewFile& file_;
    Statement enqueue_;
    std::optional<NoticeKinds> wanted_;  // nothing: to be read again
    std::uint64_t unchecked_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace gavel::notifier
