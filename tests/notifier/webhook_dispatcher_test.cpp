#include "services/notifier/webhook_dispatcher.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/limits.h"
#include "services/notifier/notice_store.h"
#include "tests/support/feed_pages.h"
#include "tests/support/manual_executor.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::notifier {
namespace {

using testing::closed;
using testing::page;

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// A thread that the test runs by hand.
class Thread : public Executor {
  public:
    explicit Thread(testing::ManualExecutor*& tasks) : tasks_(tasks) {}
    bool submit(Task task) override { return tasks_->submit(std::move(task)); }

  private:
    testing::ManualExecutor*& tasks_;
};

struct Dispatch {
    testing::ManualScheduler scheduler;
    testing::ManualExecutor disk;
    testing::ManualExecutor calls;  // of all threads
    testing::ManualExecutor stuck;  // calls that come to no end
    testing::ManualExecutor* next_call = &calls;
    int threads = 0;
    NoticeStore store{""};
    StorageTrouble trouble{"notifier_service", "notices", [](const std::string&) {}};
    std::vector<WebPost> posts;
    WebAnswer answer{WebAnswer::Failure::none, 200};
    std::function<WebAnswer(const WebPost&)> answer_of;  // where it is not the same for all
    std::uint64_t index = 0;
    WebhookDispatcher dispatcher{{scheduler, disk, store.webhooks(), trouble,
                                  [this](const WebPost& post) {
                                      posts.push_back(post);
                                      return answer_of ? answer_of(post) : answer;
                                  },
                                  [this] {
                                      ++threads;
                                      return std::make_unique<Thread>(next_call);
                                  },
                                  [this] { return scheduler.now_us(); }, true}};

    void add(const std::string& url) {
        store.webhooks().add(url, secret, all_kinds(), scheduler.now_us());
    }
    void tell() {
        ++index;
        store.append(page("L", index, {closed(index, 100 + index, "ann", 60)}));
        dispatcher.wake();
        settle();
    }
    // What the disk and the loop have to do; calls stay where they are.
    void settle() {
        scheduler.run_ready();
        while (disk.queued() > 0) {
            disk.run_next();
            scheduler.run_ready();
        }
    }
    void run_calls() {
        while (calls.queued() > 0) {
            calls.run_next();
            settle();
        }
    }
};

TEST_CASE("a notice goes to each webhook, signed") {
    Dispatch dispatch;
    dispatch.add("http://one.example/hook");
    dispatch.add("http://two.example/hook");
    dispatch.tell();
    CHECK(dispatch.calls.queued() == 2);
    dispatch.run_calls();
    REQUIRE(dispatch.posts.size() == 2);
    const auto& post = dispatch.posts[0];
    CHECK(post.url.host == "one.example");
    CHECK(dispatch.posts[1].url.host == "two.example");
    CHECK(post.headers.find("webhook-id") == "msg_L_1");
    CHECK(post.headers.find("webhook-timestamp") == "1");
    CHECK(post.headers.find("webhook-signature")->starts_with("v1,"));
    CHECK(post.headers.find("Content-Type") == "application/json");
    CHECK(post.time_limit_ms == limits::webhook_time_limit_ms);
    CHECK(post.allow_private);
    CHECK(dispatch.dispatcher.counters().delivered == 2);
    CHECK(dispatch.dispatcher.counters().calls == 0);
}

TEST_CASE("a webhook is called once at a time, in order; a slow one holds up no other") {
    Dispatch dispatch;
    dispatch.add("http://slow.example/");
    dispatch.add("http://quick.example/");
    dispatch.tell();
    dispatch.calls.run_next();  // slow's; it is told to be the quick one's turn after that
    dispatch.settle();
    dispatch.tell();
    dispatch.tell();
    CHECK(dispatch.dispatcher.counters().calls == 2);
    dispatch.run_calls();
    std::vector<std::string> ids;
    for (const auto& post : dispatch.posts) {
        if (post.url.host == "quick.example") ids.emplace_back(*post.headers.find("webhook-id"));
    }
    CHECK(ids == std::vector<std::string>{"msg_L_1", "msg_L_2", "msg_L_3"});
}

TEST_CASE("a notice that failed is sent again when its time has come") {
    Dispatch dispatch;
    dispatch.add("http://one.example/");
    dispatch.answer = {WebAnswer::Failure::timed_out, 0};
    dispatch.tell();
    dispatch.run_calls();
    CHECK(dispatch.dispatcher.counters().failed == 1);
    dispatch.scheduler.advance_ms(4'999);
    dispatch.settle();
    CHECK(dispatch.calls.queued() == 0);
    dispatch.answer = {WebAnswer::Failure::none, 200};
    dispatch.scheduler.advance_ms(3);
    dispatch.settle();
    REQUIRE(dispatch.calls.queued() == 1);
    dispatch.run_calls();
    CHECK(dispatch.posts.size() == 2);
    CHECK(dispatch.posts[0].body == dispatch.posts[1].body);
    CHECK(dispatch.dispatcher.counters().delivered == 1);
}

TEST_CASE("a server that never answers holds up nothing but itself") {
    Dispatch dispatch;
    dispatch.add("http://silent.example/");
    dispatch.next_call = &dispatch.stuck;
    dispatch.tell();
    dispatch.next_call = &dispatch.calls;
    dispatch.add("http://quick.example/");
    for (int i = 0; i < 20; ++i) {
        dispatch.tell();
        dispatch.run_calls();
    }
    CHECK(dispatch.stuck.queued() == 1);
    CHECK(dispatch.posts.size() == 20);
    for (const auto& post : dispatch.posts) CHECK(post.url.host == "quick.example");
    CHECK(dispatch.dispatcher.counters().calls == 1);
    CHECK(dispatch.threads == 2);
    CHECK(dispatch.store.webhooks().list().front().pending == 21);
}

TEST_CASE("a server that answers 500 for a day is asked seldom, gets all in order, and is alone") {
    Dispatch dispatch;
    dispatch.add("http://down.example/");
    dispatch.add("http://well.example/");
    const std::string down = "down.example";
    dispatch.answer_of = [&](const WebPost& post) {
        return WebAnswer{WebAnswer::Failure::none, post.url.host == down ? 500 : 200};
    };
    constexpr std::int64_t minute_ms = 60'000;
    constexpr int minutes = 24 * 60;
    for (int minute = 0; minute < minutes; ++minute) {
        if (minute % 60 == 0) dispatch.tell();
        dispatch.scheduler.advance_ms(minute_ms);
        dispatch.settle();
        dispatch.run_calls();
    }
    const auto ids_for = [&](const std::string& host) {
        std::vector<std::string> ids;
        for (const auto& post : dispatch.posts) {
            if (post.url.host == host) ids.emplace_back(*post.headers.find("webhook-id"));
        }
        return ids;
    };
    // At once, and after 5 s, 5 min, 30 min, 2 h, 5 h and 10 h.
    CHECK(ids_for(down) == std::vector<std::string>(7, "msg_L_1"));
    CHECK(dispatch.dispatcher.counters().failed == 7);
    CHECK(ids_for("well.example").size() == 24);
    CHECK(dispatch.store.webhooks().list().front().pending == 24);

    dispatch.answer_of = nullptr;
    dispatch.posts.clear();
    dispatch.scheduler.advance_ms(14 * 60 * minute_ms);
    dispatch.settle();
    dispatch.run_calls();
    std::vector<std::string> expected;
    for (int i = 1; i <= 24; ++i) expected.push_back("msg_L_" + std::to_string(i));
    CHECK(ids_for(down) == expected);
    CHECK(dispatch.store.webhooks().list().front().pending == 0);
    CHECK(dispatch.store.webhooks().list().front().failures == 0);
}

TEST_CASE("calls at a time are bounded, and those without a thread get one later") {
    Dispatch dispatch;
    const std::size_t webhooks = limits::max_webhook_calls + 3;
    for (std::size_t i = 0; i < webhooks; ++i) {
        dispatch.add("http://h" + std::to_string(i) + ".example/");
    }
    dispatch.tell();
    CHECK(dispatch.calls.queued() == limits::max_webhook_calls);
    CHECK(dispatch.threads == static_cast<int>(limits::max_webhook_calls));
    dispatch.run_calls();
    CHECK(dispatch.posts.size() == webhooks);
    CHECK(dispatch.threads == static_cast<int>(limits::max_webhook_calls));
}

TEST_CASE("without webhooks there is no thread") {
    Dispatch dispatch;
    dispatch.tell();
    CHECK(dispatch.threads == 0);
}

TEST_CASE("what a server says of a notice is counted") {
    Dispatch dispatch;
    dispatch.add("http://one.example/");
    dispatch.answer = {WebAnswer::Failure::none, 400};
    dispatch.tell();
    dispatch.run_calls();
    CHECK(dispatch.dispatcher.counters().refused == 1);
    dispatch.answer = {WebAnswer::Failure::none, 410};
    dispatch.tell();
    dispatch.run_calls();
    CHECK(dispatch.dispatcher.counters().gone == 1);
    dispatch.tell();
    CHECK(dispatch.calls.queued() == 0);
}

TEST_CASE("a disk that is busy is asked again later") {
    Dispatch dispatch;
    dispatch.add("http://one.example/");
    dispatch.store.append(page("L", 1, {closed(1, 7, "ann", 60)}));
    dispatch.disk.full = true;
    dispatch.dispatcher.wake();
    dispatch.settle();
    dispatch.disk.full = false;
    dispatch.scheduler.advance_ms(1'000);
    dispatch.settle();
    CHECK(dispatch.calls.queued() == 1);
}

}  // namespace
}  // namespace gavel::notifier
