#include "services/notifier/webhook_store.h"

#include <algorithm>

#include "common/limits.h"
#include "services/notifier/notice_row.h"

namespace gavel::notifier {
namespace {

constexpr const char* webhook_columns =
    "id, url, secret, kinds, created_us, off_reason, failures, paused_until_us";
constexpr const char* pending_column =
    ", (SELECT count(*) FROM deliveries WHERE webhook_id = webhooks.id)";
constexpr int pending = 8;

Webhook webhook_of(const Statement& row) {
    Webhook webhook;
    webhook.id = row.column_int(0);
    webhook.url = row.column_bytes(1);
    webhook.secret = row.column_bytes(2);
    webhook.kinds = static_cast<NoticeKinds>(row.column_int(3));
    webhook.created_us = row.column_int(4);
    webhook.off_reason = row.column_bytes(5);
    webhook.failures = static_cast<int>(row.column_int(6));
    webhook.paused_until_us = row.column_int(7);
    return webhook;
}

Webhook webhook_with_pending(const Statement& row) {
    Webhook webhook = webhook_of(row);
    webhook.pending = static_cast<std::uint64_t>(row.column_int(pending));
    return webhook;
}

// Deliveries that may be added before their number is looked at.
constexpr std::uint64_t check_every = limits::max_pending_deliveries / 10;

constexpr const char* gone_reason = "it answered 410 (Gone)";

}  // namespace

const char* WebhookStore::schema = R"(
    CREATE TABLE webhooks(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        url TEXT NOT NULL,
        secret TEXT NOT NULL,
        kinds INTEGER NOT NULL,
        created_us INTEGER NOT NULL,
        off_reason TEXT NOT NULL DEFAULT '',
        failures INTEGER NOT NULL DEFAULT 0,
        paused_until_us INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE deliveries(
        webhook_id INTEGER NOT NULL,
        notice_id INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        due_us INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY(webhook_id, notice_id)
    ) WITHOUT ROWID;
)";

WebhookStore::WebhookStore(ViewFile& file)
    : file_(file),
      enqueue_(file.database(),
               "INSERT INTO deliveries(webhook_id, notice_id)"
               " SELECT webhooks.id, notices.id FROM webhooks"
               " JOIN notices ON notices.id >= ?1 AND (webhooks.kinds >> notices.kind) & 1"
               " WHERE webhooks.off_reason = ''") {}

std::optional<Webhook> WebhookStore::add(const std::string& url, const std::string& secret,
                                         NoticeKinds kinds, std::int64_t now_us) {
    auto& database = file_.database();
    if (list().size() >= limits::max_webhooks) return std::nullopt;
    wanted_.reset();
    file_.write(ViewFile::Durability::synced, [&] {
        Statement insert(database,
                         "INSERT INTO webhooks(url, secret, kinds, created_us)"
                         " VALUES(?1, ?2, ?3, ?4)");
        insert.bind_text(1, url).bind_text(2, secret).bind(3, std::int64_t{kinds});
        insert.bind(4, now_us).run();
    });
    return find(database.last_insert_rowid());
}

std::optional<Webhook> WebhookStore::find(std::int64_t id) {
    Statement row(file_.database(), std::string("SELECT ") + webhook_columns + pending_column +
                                        " FROM webhooks WHERE id = ?1");
    if (!row.bind(1, id).step()) return std::nullopt;
    return webhook_with_pending(row);
}

std::optional<Webhook> WebhookStore::remove(std::int64_t id) {
    auto webhook = find(id);
    if (!webhook) return std::nullopt;
    wanted_.reset();
    file_.write(ViewFile::Durability::synced, [&] {
        for (const char* sql : {"DELETE FROM webhooks WHERE id = ?1",
                                "DELETE FROM deliveries WHERE webhook_id = ?1"}) {
            Statement(file_.database(), sql).bind(1, id).run();
        }
    });
    return webhook;
}

std::vector<Webhook> WebhookStore::list() {
    Statement rows(file_.database(), std::string("SELECT ") + webhook_columns + pending_column +
                                         " FROM webhooks ORDER BY id");
    std::vector<Webhook> webhooks;
    while (rows.step()) webhooks.push_back(webhook_with_pending(rows));
    return webhooks;
}

NoticeKinds WebhookStore::wanted() {
    if (wanted_) return *wanted_;
    NoticeKinds kinds = 0;
    Statement rows(file_.database(), "SELECT kinds FROM webhooks WHERE off_reason = ''");
    while (rows.step()) kinds |= static_cast<NoticeKinds>(rows.column_int(0));
    wanted_ = kinds;
    return kinds;
}

void WebhookStore::enqueue(std::int64_t first_new_notice) {
    enqueue_.bind(1, first_new_notice).run();
    unchecked_ += changes();
    if (unchecked_ < check_every) return;  // counting costs as much as there is
    unchecked_ = 0;
    for (const auto& webhook : list()) {
        if (webhook.pending > limits::max_pending_deliveries) drop_oldest(webhook.id);
    }
}

std::uint64_t WebhookStore::changes() {
    Statement row(file_.database(), "SELECT changes()");
    row.step();
    return static_cast<std::uint64_t>(row.column_int(0));
}

void WebhookStore::drop_oldest(std::int64_t webhook) {
    Statement(file_.database(),
              "DELETE FROM deliveries WHERE webhook_id = ?1 AND notice_id <="
              " (SELECT notice_id FROM deliveries WHERE webhook_id = ?1"
              " ORDER BY notice_id DESC LIMIT 1 OFFSET ?2)")
        .bind(1, webhook)
        .bind(2, std::uint64_t{limits::max_pending_deliveries})
        .run();
    dropped_ += changes();
}

WebhookStore::Due WebhookStore::due(std::int64_t now_us, const std::set<std::int64_t>& busy) {
    Due due;
    const auto later = [&due](std::int64_t time_us) {
        due.next_us = std::min(due.next_us.value_or(time_us), time_us);
    };
    Statement rows(file_.database(), std::string("SELECT ") + webhook_columns +
                                         " FROM webhooks WHERE off_reason = '' ORDER BY id");
    while (rows.step()) {
        const Webhook webhook = webhook_of(rows);
        if (busy.count(webhook.id) != 0) continue;
        const auto ready_us = next_ready_us(webhook, now_us);
        if (ready_us && *ready_us > now_us) later(*ready_us);
        if (!ready_us || *ready_us > now_us) continue;
        due.deliveries.push_back(first_due(webhook, now_us));
    }
    return due;
}

std::optional<std::int64_t> WebhookStore::next_ready_us(const Webhook& webhook,
                                                        std::int64_t now_us) {
    // The first that is due ends the search; else the soonest.
    Statement due(file_.database(),
                  "SELECT 1 FROM deliveries WHERE webhook_id = ?1 AND due_us <= ?2 LIMIT 1");
    if (due.bind(1, webhook.id).bind(2, now_us).step()) {
        return std::max(now_us, webhook.paused_until_us);
    }
    Statement soonest(file_.database(), "SELECT min(due_us) FROM deliveries WHERE webhook_id = ?1");
    if (!soonest.bind(1, webhook.id).step() || soonest.column_is_null(0)) return std::nullopt;
    return std::max(soonest.column_int(0), webhook.paused_until_us);
}

// REQUIRES: one is due
Delivery WebhookStore::first_due(const Webhook& webhook, std::int64_t now_us) {
    Statement first(file_.database(),
                    std::string("SELECT deliveries.attempts, ") + notice_columns +
                        " FROM deliveries JOIN notices ON notices.id = deliveries.notice_id"
                        " WHERE webhook_id = ?1 AND due_us <= ?2 ORDER BY notice_id LIMIT 1");
    first.bind(1, webhook.id).bind(2, now_us).step();
    const NoticeRow row(first, 1);
    Delivery delivery;
    delivery.webhook_id = webhook.id;
    delivery.notice_id = row.id;
    delivery.attempts = static_cast<int>(first.column_int(0));
    delivery.failures = webhook.failures;
    delivery.url = webhook.url;
    delivery.secret = webhook.secret;
    delivery.message_id = row.message_id();
    delivery.body = row.message();
    return delivery;
}

bool WebhookStore::record(const Delivery& delivery, Verdict verdict, std::int64_t now_us) {
    bool given_up = false;
    const bool off = verdict == Verdict::gone;
    if (off) wanted_.reset();
    file_.write(off ? ViewFile::Durability::synced : ViewFile::Durability::fetched_again, [&] {
        if (off) {
            Statement(file_.database(), "UPDATE webhooks SET off_reason = ?2 WHERE id = ?1")
                .bind(1, delivery.webhook_id)
                .bind_text(2, gone_reason)
                .run();
            Statement(file_.database(), "DELETE FROM deliveries WHERE webhook_id = ?1")
                .bind(1, delivery.webhook_id)
                .run();
        } else if (verdict == Verdict::delivered) {
            finish(delivery);
            if (delivery.failures > 0) set_health(delivery.webhook_id, 0, 0);
        } else {
            given_up = fail(delivery, verdict, now_us);
        }
    });
    return given_up;
}

bool WebhookStore::fail(const Delivery& delivery, Verdict verdict, std::int64_t now_us) {
    const int failures = verdict == Verdict::down ? delivery.failures + 1 : 0;
    set_health(delivery.webhook_id, failures, failures == 0 ? 0 : now_us + pause_us(failures));
    const auto delay_us = retry_delay_us(delivery.attempts + 1);
    if (!delay_us) {
        finish(delivery);
        return true;
    }
    Statement(file_.database(),
              "UPDATE deliveries SET attempts = ?3, due_us = ?4"
              " WHERE webhook_id = ?1 AND notice_id = ?2")
        .bind(1, delivery.webhook_id)
        .bind(2, delivery.notice_id)
        .bind(3, std::int64_t{delivery.attempts} + 1)
        .bind(4, now_us + *delay_us)
        .run();
    return false;
}

void WebhookStore::finish(const Delivery& delivery) {
    Statement(file_.database(), "DELETE FROM deliveries WHERE webhook_id = ?1 AND notice_id = ?2")
        .bind(1, delivery.webhook_id)
        .bind(2, delivery.notice_id)
        .run();
}

void WebhookStore::set_health(std::int64_t webhook, int failures, std::int64_t paused_until_us) {
    Statement(file_.database(),
              "UPDATE webhooks SET failures = ?2, paused_until_us = ?3 WHERE id = ?1")
        .bind(1, webhook)
        .bind(2, std::int64_t{failures})
        .bind(3, paused_until_us)
        .run();
}

}  // namespace gavel::notifier
