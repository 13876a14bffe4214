#include "services/notifier/notifier_handler.h"

#include <doctest/doctest.h>

#include <string>

#include "common/limits.h"
#include "tests/support/feed_pages.h"
#include "tests/support/manual_executor.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"

namespace gavel::notifier {
namespace {

using testing::closed;
using testing::page;

struct Notifier {
    testing::ManualScheduler scheduler;
    testing::ManualExecutor executor;
    NoticeStore store{""};
    StorageTrouble trouble{"notifier_service", "notices", [](const std::string&) {}};
    StoredView view{scheduler, executor, store, trouble};
    bool connected = true;
    int changes = 0;
    NotifierHandler handler{{scheduler, executor, store, view, [this] { return connected; },
                             [] { return std::int64_t{5'000'000}; }, [this] { ++changes; }}};

    void run() {
        while (executor.queued() > 0) {
            executor.run_next();
            scheduler.run_ready();
        }
    }
    void feed(const FeedPage& page) {
        if (view.log_id() != page.log_id) view.restart(page.log_id);
        view.apply(page, [](bool) {});
        run();
    }
    std::shared_ptr<const testing::RecordedAnswer> get(const std::string& target) {
        auto answer = testing::ask(handler, "GET", target);
        run();
        return answer;
    }
};

TEST_CASE("notices are listed with the index that they are true at") {
    Notifier notifier;
    notifier.feed(page("L", 3, {closed(3, 7, "ann", 60)}));
    const auto answer = notifier.get("/notifications");
    CHECK(answer->status() == 200);
    CHECK(answer->header("Gavel-Index") == "3");
    CHECK(answer->body().find(R"("winner":"ann")") != std::string::npos);
    CHECK(notifier.get("/notifications?auction_id=8")->body() ==
          R"({"notifications":[],"next":null})");
    CHECK(notifier.get("/notifications?after=1&limit=5")->status() == 200);
}

TEST_CASE("what cannot be asked is refused") {
    Notifier notifier;
    const auto too_many = std::to_string(limits::max_notice_page + 1);
    for (const std::string query :
         {"limit=0", "limit=x", "limit=-1", "after=x", "after=-1", "auction_id=x",
          "auction_id=", "after=99999999999999999999", "min_index=x"}) {
        INFO(query);
        CHECK(notifier.get("/notifications?" + query)->status() == 400);
    }
    CHECK(notifier.get("/notifications?limit=" + too_many)->status() == 400);
    CHECK(testing::ask(notifier.handler, "POST", "/notifications", "{}")->status() == 405);
    CHECK(notifier.get("/nowhere")->status() == 404);
}

TEST_CASE("a reader waits for what it asks for, as long as it may") {
    Notifier notifier;
    const auto early = notifier.get("/notifications?min_index=3");
    CHECK_FALSE(early->arrived);
    notifier.feed(page("L", 3, {closed(3, 7, "ann", 60)}));
    CHECK(early->status() == 200);
    CHECK(early->body().find("ann") != std::string::npos);
    const auto late = notifier.get("/notifications?min_index=4");
    notifier.scheduler.advance_ms(limits::read_wait_ms);
    CHECK(late->status() == 503);
    CHECK(late->header("Retry-After") == "1");
}

TEST_CASE("a disk that has too much to do answers 503, and one that fails tells nothing") {
    Notifier notifier;
    notifier.executor.full = true;
    CHECK(notifier.get("/notifications")->status() == 503);
    notifier.executor.full = false;
    notifier.store.database().execute("DROP TABLE notices");
    const auto failed = notifier.get("/notifications");
    CHECK(failed->status() == 500);
    CHECK(failed->body() == R"({"error":"internal error"})");
}

TEST_CASE("notices of other kinds are listed for who asks for them, all or somebody's") {
    Notifier notifier;
    testing::ask(notifier.handler, "POST", "/webhooks", R"({"url":"https://example.com/"})");
    notifier.run();
    notifier.feed(page(
        "L", 3,
        {testing::bid(1, 7, "ann", 50), testing::bid(2, 7, "bob", 60), closed(3, 7, "bob", 60)}));
    CHECK(notifier.get("/notifications")->body() ==
          R"({"notifications":[{"id":2,"auction_id":"7","winner":"bob","amount":60.0,"time":3.0,)"
          R"("reason":"Closed manually"}],"next":null})");
    CHECK(notifier.get("/notifications?kinds=outbid,lost&after=0")->body() ==
          R"({"notifications":[{"id":1,"kind":"outbid","auction_id":"7","recipient":"ann",)"
          R"("amount":60.0,"time":2.0},{"id":3,"kind":"lost","auction_id":"7","recipient":"ann",)"
          R"("amount":60.0,"time":3.0,"reason":"Closed manually"}],"next":null})");
    CHECK(notifier.get("/notifications?kinds=won,lost&recipient=bob")->body() ==
          R"({"notifications":[{"id":2,"kind":"won","auction_id":"7","recipient":"bob",)"
          R"("amount":60.0,"time":3.0,"reason":"Closed manually"}],"next":null})");
    CHECK(notifier.get("/notifications?kinds=sold")->status() == 400);
}

TEST_CASE("webhooks are made, listed and removed") {
    Notifier notifier;
    const auto ask = [&](const std::string& method, const std::string& target,
                         const std::string& body) {
        auto answer = testing::ask(notifier.handler, method, target, body);
        notifier.run();
        return answer;
    };
    const auto made = ask("POST", "/webhooks", R"({"url":"https://example.com/"})");
    CHECK(made->status() == 201);
    CHECK(made->body().find(R"("secret":"whsec_)") != std::string::npos);
    CHECK(notifier.changes == 1);
    CHECK(notifier.get("/webhooks")->body() ==
          R"({"webhooks":[{"id":1,"url":"https://example.com/","kinds":["won","outbid","lost",)"
          R"("unsold","extended"],"status":"on","created":5.0,"pending":0,"failures":0}]})");
    CHECK(ask("POST", "/webhooks", R"({"url":"https://10.0.0.1/"})")->status() == 400);
    CHECK(ask("DELETE", "/webhooks/1", "")->status() == 200);
    for (const char* unknown : {"/webhooks/1", "/webhooks/x", "/webhooks/99999999999999999999"}) {
        CHECK(ask("DELETE", unknown, "")->status() == 404);
    }
    CHECK(notifier.get("/webhooks")->body() == R"({"webhooks":[]})");
}

TEST_CASE("a full disk takes no webhook, and says so") {
    Notifier notifier;
    auto& database = notifier.store.database();
    database.query_text("PRAGMA max_page_count = " + database.query_text("PRAGMA page_count"));
    const std::string url = "https://example.com/" + std::string(1'900, 'a');
    int made = 0;
    std::shared_ptr<const testing::RecordedAnswer> answer;
    do {
        answer = testing::ask(notifier.handler, "POST", "/webhooks", R"({"url":")" + url + "\"}");
        notifier.run();
    } while (answer->status() == 201 && ++made < 10);
    CHECK(answer->status() == 503);
}

TEST_CASE("the notifier lives, and says whether the feed comes") {
    Notifier notifier;
    CHECK(notifier.get("/livez")->status() == 200);
    CHECK(notifier.get("/readyz")->body() == R"({"status":"ready","index":0,"connected":true})");
    notifier.connected = false;
    CHECK(notifier.get("/readyz")->body() == R"({"status":"ready","index":0,"connected":false})");
}

}  // namespace
}  // namespace gavel::notifier
