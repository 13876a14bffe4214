#include "services/notifier/webhook_store.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/limits.h"
#include "services/notifier/notice_store.h"
#include "tests/support/feed_pages.h"
#include "tests/support/temporary_directory.h"

namespace gavel::notifier {
namespace {

using nlohmann::json;
using testing::bid;
using testing::closed;
using testing::page;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t now_us = 1'000 * second_us;
const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Notifier {
    NoticeStore store{""};
    WebhookStore& webhooks = store.webhooks();
    std::uint64_t index = 0;

    std::int64_t add(NoticeKinds kinds = all_kinds()) {
        return webhooks.add("https://example.com/", secret, kinds, now_us)->id;
    }
    // One more auction that ann has won.
    void tell() {
        ++index;
        store.append(page("L", index, {closed(index, 100 + index, "ann", 60)}));
    }
    std::vector<Delivery> due(std::int64_t at_us = now_us) {
        return webhooks.due(at_us, {}).deliveries;
    }
};

TEST_CASE("a webhook gets the notices of its kinds from its beginning on, in order") {
    Notifier notifier;
    notifier.tell();
    notifier.add(bit_of(Notice::Kind::won));
    notifier.add(bit_of(Notice::Kind::outbid) | bit_of(Notice::Kind::lost));
    CHECK(notifier.due().empty());
    notifier.store.append(
        page("L", 9, {bid(7, 8, "ann", 5), bid(8, 8, "bob", 6), closed(9, 8, "bob", 6)}));
    std::vector<std::string> told;
    for (auto due = notifier.due(); !due.empty(); due = notifier.due()) {
        for (const auto& delivery : due) {
            const auto message = json::parse(delivery.body);
            told.push_back(std::to_string(delivery.webhook_id) + " " +
                           std::string(message["type"]) + " " +
                           std::string(message["data"]["recipient"]));
            notifier.webhooks.record(delivery, Verdict::delivered, now_us);
        }
    }
    CHECK(told == std::vector<std::string>{"1 auction.won bob", "2 auction.outbid ann",
                                           "2 auction.lost ann"});
}

TEST_CASE("a message says what happened, and is the same each time it is sent") {
    Notifier notifier;
    notifier.add();
    notifier.tell();
    const auto first = notifier.due().at(0);
    CHECK(first.body ==
          R"({"type":"auction.won","timestamp":"1970-01-01T00:00:01Z","data":{"kind":"won",)"
          R"("auction_id":"101","recipient":"ann","amount":60.0,"time":1.0,)"
          R"("reason":"Closed manually"}})");
    CHECK(first.message_id == "msg_L_1");
    CHECK(first.secret == secret);
    notifier.webhooks.record(first, Verdict::down, now_us);
    const auto again = notifier.due(now_us + 5 * second_us).at(0);
    CHECK(again.body == first.body);
    CHECK(again.message_id == first.message_id);
    CHECK(again.attempts == 1);
}

TEST_CASE("a server that is down is asked less and less often, and its notices wait in order") {
    Notifier notifier;
    notifier.add();
    notifier.tell();
    notifier.tell();
    std::int64_t at_us = now_us;
    for (int failure = 1; failure <= 9; ++failure) {
        const auto due = notifier.due(at_us);
        REQUIRE(due.size() == 1);
        CHECK(due[0].message_id == "msg_L_1");
        CHECK_FALSE(notifier.webhooks.record(due[0], Verdict::down, at_us));
        const auto next_us = notifier.webhooks.due(at_us, {}).next_us;
        REQUIRE(next_us);
        CHECK(*next_us == at_us + pause_us(failure));
        CHECK(notifier.due(*next_us - 1).empty());
        at_us = *next_us;
    }
    // The tenth failure is the last of this notice; the other one's turn comes after a day.
    CHECK(notifier.webhooks.record(notifier.due(at_us).at(0), Verdict::down, at_us));
    at_us += pause_us(9);
    CHECK(notifier.due(at_us - 1).empty());
    CHECK(notifier.due(at_us).at(0).message_id == "msg_L_2");
    // It is well again: nothing waits any more.
    notifier.tell();
    notifier.webhooks.record(notifier.due(at_us).at(0), Verdict::delivered, at_us);
    CHECK(notifier.due(at_us).at(0).message_id == "msg_L_3");
    CHECK(notifier.webhooks.list().at(0).failures == 0);
}

TEST_CASE("a notice that is refused waits by itself") {
    Notifier notifier;
    notifier.add();
    notifier.tell();
    notifier.tell();
    notifier.webhooks.record(notifier.due().at(0), Verdict::refused, now_us);
    const auto second = notifier.due().at(0);
    CHECK(second.message_id == "msg_L_2");
    notifier.webhooks.record(second, Verdict::delivered, now_us);
    CHECK(notifier.due().empty());
    CHECK(notifier.webhooks.due(now_us, {}).next_us == now_us + 5 * second_us);
    CHECK(notifier.due(now_us + 5 * second_us).at(0).message_id == "msg_L_1");
}

TEST_CASE("410 turns a webhook off, and no other") {
    Notifier notifier;
    const auto one = notifier.add();
    const auto other = notifier.add();
    notifier.tell();
    notifier.webhooks.record(notifier.due().at(0), Verdict::gone, now_us);
    notifier.tell();
    REQUIRE(notifier.due().size() == 1);
    CHECK(notifier.due()[0].webhook_id == other);
    const auto list = notifier.webhooks.list();
    CHECK(list.at(0).id == one);
    CHECK(list.at(0).off_reason == "it answered 410 (Gone)");
    CHECK(list.at(0).pending == 0);
    CHECK(list.at(1).pending == 2);
}

TEST_CASE("webhooks that are busy are left out") {
    Notifier notifier;
    const auto one = notifier.add();
    const auto other = notifier.add();
    notifier.tell();
    const auto due = notifier.webhooks.due(now_us, {one}).deliveries;
    REQUIRE(due.size() == 1);
    CHECK(due[0].webhook_id == other);
}

TEST_CASE("a webhook that is removed is told nothing any more; its id does not come again") {
    Notifier notifier;
    const auto id = notifier.add();
    notifier.tell();
    CHECK(notifier.webhooks.remove(id)->pending == 1);
    CHECK_FALSE(notifier.webhooks.remove(id));
    CHECK(notifier.due().empty());
    CHECK(notifier.add() == id + 1);
    CHECK(notifier.due().empty());
}

TEST_CASE("there are so many webhooks and no more") {
    Notifier notifier;
    for (std::size_t i = 0; i < limits::max_webhooks; ++i) notifier.add();
    CHECK_FALSE(notifier.webhooks.add("https://example.com/", secret, all_kinds(), now_us));
    notifier.webhooks.remove(1);
    CHECK(notifier.webhooks.add("https://example.com/", secret, all_kinds(), now_us));
}

TEST_CASE("of too many notices that wait for a webhook, the oldest are left out") {
    Notifier notifier;
    notifier.add();
    const std::uint64_t too_many = limits::max_pending_deliveries + 5;
    FeedPage large{"L", too_many, {}};
    for (std::uint64_t i = 1; i <= too_many; ++i) large.events.push_back(closed(i, i, "ann", 60));
    notifier.store.append(large);
    CHECK(notifier.webhooks.dropped() == 5);
    CHECK(notifier.due().at(0).message_id == "msg_L_6");
    CHECK(notifier.webhooks.list().at(0).pending == limits::max_pending_deliveries);
}

TEST_CASE("webhooks and what waits for them are there in the next life") {
    const testing::TemporaryDirectory directory;
    const std::string path = directory.file("notices.db");
    {
        NoticeStore store(path);
        store.webhooks().add("https://example.com/", secret, all_kinds(), now_us);
        store.append(page("L", 3, {closed(3, 7, "ann", 60)}));
        store.webhooks().record(store.webhooks().due(now_us, {}).deliveries.at(0), Verdict::down,
                                now_us);
    }
    NoticeStore store(path);
    CHECK(store.webhooks().due(now_us + 5 * second_us - 1, {}).deliveries.empty());
    CHECK(store.webhooks().due(now_us + 5 * second_us, {}).deliveries.at(0).message_id ==
          "msg_L_1");
}

}  // namespace
}  // namespace gavel::notifier
