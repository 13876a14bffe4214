#include "common/feed/stored_view.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "services/history/history_store.h"
#include "tests/support/feed_pages.h"
#include "tests/support/manual_executor.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::history {
namespace {

using testing::created;
using testing::page;

struct View {
    testing::ManualScheduler scheduler;
    testing::ManualExecutor writer;
    HistoryStore store{""};
    int fatal = 0;
    StorageTrouble trouble{"view", "view", [this](const std::string&) { ++fatal; }};
    std::unique_ptr<StoredView> view =
        std::make_unique<StoredView>(scheduler, writer, store, trouble);
    std::string done;

    void apply(const FeedPage& page) {
        view->apply(page, [this](bool reached) { done += reached ? '+' : '-'; });
    }
    void run() {
        writer.run_all();
        scheduler.run_ready();
    }
};

TEST_CASE("a page is reached once it is in the store, not before") {
    View view;
    view.view->restart("L");
    view.apply(page("L", 3, {created(3, 1, "Lamp", 50)}));
    CHECK(view.view->index() == 0);
    view.writer.run_all();
    CHECK(view.view->index() == 0);  // the loop has not heard of it yet
    CHECK(view.done.empty());
    view.scheduler.run_ready();
    CHECK(view.view->index() == 3);
    CHECK(view.done == "+");
}

TEST_CASE("a view goes on where its store has come to") {
    View view;
    view.store.append(page("L", 9, {}));
    const StoredView later(view.scheduler, view.writer, view.store, view.trouble);
    CHECK(later.log_id() == "L");
    CHECK(later.index() == 9);
}

TEST_CASE("a page that could not be stored is wanted again") {
    View view;
    view.view->restart("L");
    SUBCASE("the disk is full") {
        view.store.database().query_text("PRAGMA max_page_count = 1");
        view.apply(page("L", 1, {created(1, 1, std::string(100'000, 'x'), 50)}));
        view.run();
        CHECK(view.done == "-");
        view.store.database().query_text("PRAGMA max_page_count = 1000000");
    }
    SUBCASE("the worker's queue is full") {
        view.writer.full = true;
        view.apply(page("L", 1, {created(1, 1, "Lamp", 50)}));
        CHECK(view.done == "-");
        view.writer.full = false;
    }
    CHECK(view.view->index() == 0);
    view.apply(page("L", 1, {created(1, 1, "Lamp", 50)}));
    view.run();
    CHECK(view.done == "-+");
    CHECK(view.fatal == 0);
}

TEST_CASE("a restart while a page is written does not bring the old log's index back") {
    View view;
    view.view->restart("L");
    view.apply(page("L", 9, {}));
    view.view->restart("M");
    view.run();
    CHECK(view.view->log_id() == "M");
    CHECK(view.view->index() == 0);
}

TEST_CASE("a view that is fed the same log from its start again has each event once, and all") {
    View view;
    view.view->restart("L");
    view.apply(page("L", 2, {created(1, 1, "Lamp", 50), created(2, 2, "Desk", 5)}));
    view.run();
    view.view->restart("");  // as after 410
    view.view->restart("L");
    CHECK(view.view->index() == 0);
    view.apply(page("L", 1, {created(1, 1, "Lamp", 50)}));
    view.run();
    CHECK(view.view->index() == 1);
    view.apply(page("L", 3, {created(2, 2, "Desk", 5), created(3, 3, "Rug", 9)}));
    view.run();
    CHECK(view.view->index() == 3);
    CHECK(view.store.database().query_text("SELECT group_concat(payload) FROM"
                                           " (SELECT payload FROM events ORDER BY seq)") ==
          R"("Lamp","Desk","Rug")");
}

TEST_CASE("a read waits for its index, as long as it may") {
    View view;
    view.view->restart("L");
    std::string told;
    const auto wait = [&](std::uint64_t index) {
        view.view->when_reached(index, 1000,
                                [&told](bool reached) { told += reached ? '+' : '-'; });
    };
    wait(0);
    CHECK(told == "+");
    wait(3);
    wait(4);
    view.apply(page("L", 3, {}));
    view.run();
    CHECK(told == "++");
    wait(2);
    CHECK(told == "+++");
    view.scheduler.advance_ms(1000);
    CHECK(told == "+++-");
}

TEST_CASE("what is written after the view has gone calls nobody") {
    View view;
    view.view->restart("L");
    view.apply(page("L", 1, {created(1, 1, "Lamp", 50)}));
    view.view.reset();
    view.run();
    CHECK(view.done.empty());
    CHECK(view.store.reached().index == 1);
}

}  // namespace
}  // namespace gavel::history
