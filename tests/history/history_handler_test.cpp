#include "services/history/history_handler.h"

#include <doctest/doctest.h>

#include <string>

#include "common/limits.h"
#include "services/history/history_store.h"
#include "tests/support/feed_pages.h"
#include "tests/support/manual_executor.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"

namespace gavel::history {
namespace {

using testing::ask;
using testing::bid;
using testing::created;
using testing::page;

struct History {
    testing::ManualScheduler scheduler;
    testing::ManualExecutor executor;
    HistoryStore store{""};
    HistoryReader reader{store.database()};
    StorageTrouble trouble{"history_service", "history", [](const std::string&) {}};
    StoredView view{scheduler, executor, store, trouble};
    NoteWriter notes{scheduler, executor, store, trouble};
    bool connected = true;
    HistoryHandler handler{{scheduler, executor, reader, view, notes, [this] { return connected; },
                            [] { return 12'500'000; }}};

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
        auto answer = ask(handler, "GET", target);
        run();
        return answer;
    }
    std::shared_ptr<const testing::RecordedAnswer> post(const std::string& body) {
        auto answer = ask(handler, "POST", "/events", body);
        run();
        return answer;
    }
};

TEST_CASE("a posted event is answered as the original did, and then listed") {
    struct Row {
        const char* body;
        const char* event;
    };
    const Row rows[] = {
        {R"({"auction_id":"7","event_type":"note","payload":"hello"})",
         R"({"auction_id":"7","event_type":"note","payload":"hello","timestamp":12.5})"},
        {"{}", R"({"auction_id":null,"event_type":null,"payload":"","timestamp":12.5})"},
        {"", R"({"auction_id":null,"event_type":null,"payload":"","timestamp":12.5})"},
        {R"({"auction_id":7,"event_type":null,"payload":{"b":[1,2.5,"ü\u0000"],"a":true}})",
         R"({"auction_id":7,"event_type":null,"payload":{"a":true,"b":[1,2.5,"ü\u0000"]},)"
         R"("timestamp":12.5})"},
        {R"({"payload":null,"unknown":1})",
         R"({"auction_id":null,"event_type":null,"payload":null,"timestamp":12.5})"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        History history;
        const auto answer = history.post(row.body);
        CHECK(answer->status() == 201);
        CHECK(answer->body() == R"({"event":)" + std::string(row.event) + "}");
        CHECK(history.get("/events")->body() == R"({"events":[)" + std::string(row.event) + "]}");
    }
}

TEST_CASE("a posted event is not acknowledged before it is stored") {
    History history;
    const auto answer = ask(history.handler, "POST", "/events", "{}");
    history.scheduler.run_ready();
    CHECK_FALSE(answer->arrived);
    history.run();
    CHECK(answer->status() == 201);
}

TEST_CASE("what is posted is bounded and must be an object") {
    const auto quoted = [](std::size_t bytes) { return '"' + std::string(bytes - 2, 'x') + '"'; };
    struct Row {
        std::string body;
        int status;
    };
    const Row rows[] = {
        {R"({"auction_id":)" + quoted(1'000) + "}", 201},
        {R"({"auction_id":)" + quoted(1'001) + "}", 400},
        {R"({"event_type":)" + quoted(1'000) + "}", 201},
        {R"({"event_type":)" + quoted(1'001) + "}", 400},
        {R"({"payload":)" + quoted(10'000) + "}", 201},
        {R"({"payload":)" + quoted(10'001) + "}", 400},
        {"[]", 400},
        {"{", 400},
        {"\"\xff\"", 400},
    };
    History history;
    for (const auto& row : rows) {
        CAPTURE(row.body.substr(0, 30));
        CHECK(history.post(row.body)->status() == row.status);
    }
    CHECK(history.store.database().query_text("SELECT count(*) FROM events") == "3");
}

TEST_CASE("no room for a posted event is 503, and nothing is listed") {
    History history;
    history.store.database().query_text("PRAGMA max_page_count = 1");
    const auto answer = history.post(R"({"payload":")" + std::string(9'000, 'x') + "\"}");
    CHECK(answer->status() == 503);
    CHECK(answer->header("Retry-After") == "1");
    CHECK(history.get("/events")->body() == R"({"events":[]})");
}

TEST_CASE("a list tells the index that it is true at") {
    History history;
    history.feed(page("L", 5, {created(1, 1, "Lamp", 50), bid(4, 1, "ann", 60)}));
    const auto answer = history.get("/events?auction_id=1");
    CHECK(answer->status() == 200);
    CHECK(answer->header("Gavel-Index") == "5");
    CHECK(answer->header("Gavel-Truncated").empty());
    CHECK(answer->body() ==
          R"({"events":[)"
          R"({"auction_id":"1","event_type":"created","payload":"Lamp","timestamp":1.0},)"
          R"({"auction_id":"1","event_type":"bid","payload":"ann bid $60.0","timestamp":4.0}]})");
}

TEST_CASE("pages are asked for by cursor") {
    History history;
    history.feed(page("L", 3, {bid(1, 1, "a", 1), bid(2, 1, "b", 2), bid(3, 1, "c", 3)}));
    const auto first = history.get("/events?limit=2&shape=full");
    CHECK(first->body().find(R"("id":"L-2.0","seq":2,)") != std::string::npos);
    CHECK(first->body().ends_with(R"("next":2})"));
    const auto second = history.get("/events?limit=2&after=2");
    CHECK(second->body() ==
          R"({"events":[{"auction_id":"1","event_type":"bid","payload":"c bid $3.0",)"
          R"("timestamp":3.0}],"next":null})");
}

TEST_CASE("queries that mean nothing are 400") {
    History history;
    for (const char* query : {"limit=0", "limit=10001", "limit=-1", "limit=x", "limit=", "after=x",
                              "after=-1", "after=9223372036854775808", "min_index=x",
                              "min_index=99999999999999999999", "shape=lean", "shape="}) {
        CAPTURE(query);
        CHECK(history.get("/events?" + std::string(query))->status() == 400);
    }
    CHECK(history.get("/events?limit=1")->status() == 200);
    CHECK(history.get("/events?limit=10000")->status() == 200);
}

TEST_CASE("a truncated list says so") {
    History history;
    FeedPage many{"L", limits::max_history_answer_events + 1, {}};
    for (std::uint64_t i = 1; i <= many.index; ++i) many.events.push_back(bid(i, 1, "a", 1));
    history.feed(many);
    CHECK(history.get("/events")->header("Gavel-Truncated") == "true");
    CHECK(history.get("/events?limit=5")->header("Gavel-Truncated").empty());
}

TEST_CASE("a read waits for the index it asks for, a second at most") {
    History history;
    const auto read = ask(history.handler, "GET", "/events?min_index=3");
    const auto late = ask(history.handler, "GET", "/events?min_index=4");
    history.run();
    CHECK_FALSE(read->arrived);
    history.feed(page("L", 3, {bid(3, 1, "ann", 60)}));
    CHECK(read->status() == 200);
    CHECK(read->header("Gavel-Index") == "3");
    CHECK(read->body().find("ann bid") != std::string::npos);
    CHECK_FALSE(late->arrived);
    history.scheduler.advance_ms(limits::read_wait_ms);
    CHECK(late->status() == 503);
    CHECK(late->body() == R"({"error":"history is catching up, try again"})");
    CHECK(late->header("Retry-After") == "1");
}

TEST_CASE("a full worker queue is 503") {
    History history;
    history.executor.full = true;
    CHECK(history.get("/events")->status() == 503);
    CHECK(history.post("{}")->status() == 503);
}

TEST_CASE("it is ready while the auction service is away, and says so") {
    History history;
    CHECK(history.get("/livez")->body() == R"({"status":"ok"})");
    history.connected = false;
    const auto answer = history.get("/readyz");
    CHECK(answer->status() == 200);
    CHECK(answer->body() == R"({"status":"ready","index":0,"connected":false})");
}

TEST_CASE("a known path with another method is 405") {
    History history;
    const auto answer = ask(history.handler, "DELETE", "/events");
    CHECK(answer->status() == 405);
    CHECK(answer->header("Allow") == "POST, GET, HEAD");
}

}  // namespace
}  // namespace gavel::history
