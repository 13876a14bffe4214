#include "common/runtime/worker.h"

#include <doctest/doctest.h>
#include <pthread.h>

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/manual_scheduler.h"

// The one noun with a thread of its own: the tests wait for it, never for a time.

namespace gavel {
namespace {

TEST_CASE("what was submitted runs, in order, before the worker is gone") {
    std::string ran;  // the join makes it ours again
    {
        Worker worker("test");
        for (char name = 'a'; name <= 'z'; ++name) {
            REQUIRE(worker.submit([&ran, name] { ran += name; }));
        }
    }
    CHECK(ran == "abcdefghijklmnopqrstuvwxyz");
}

TEST_CASE("a full queue refuses the task and drops it, and takes the next when there is room") {
    std::string ran;
    const auto dropped = std::make_shared<int>(0);
    {
        Worker worker("test", 2);
        std::promise<void> started;
        std::promise<void> go_on;
        REQUIRE(worker.submit([&] {
            started.set_value();
            go_on.get_future().wait();
        }));
        started.get_future().wait();  // it runs, so the queue is empty
        CHECK(worker.submit([&] { ran += 'a'; }));
        CHECK(worker.submit([&] { ran += 'b'; }));
        CHECK_FALSE(worker.submit([&ran, dropped] { ran += 'x'; }));
        CHECK(dropped.use_count() == 1);
        go_on.set_value();

        std::promise<void> room;
        std::future<void> has_room = room.get_future();
        // The queue empties at its own pace: ask until there is room.
        while (!worker.submit([&] { room.set_value(); })) std::this_thread::yield();
        has_room.wait();
    }
    CHECK(ran == "ab");
}

TEST_CASE("a queue of nothing takes nothing") {
    Worker worker("test", 0);
    CHECK_FALSE(worker.submit([] {}));
}

TEST_CASE("tasks run on one thread of the worker's, and may submit more") {
    std::promise<std::thread::id> inner_id;
    std::thread::id outer_id;
    {
        Worker worker("test");
        REQUIRE(worker.submit([&] {
            outer_id = std::this_thread::get_id();
            CHECK(worker.submit([&] { inner_id.set_value(std::this_thread::get_id()); }));
        }));
        CHECK(inner_id.get_future().get() != std::this_thread::get_id());
    }
    CHECK(outer_id != std::this_thread::get_id());
}

TEST_CASE("a long name is cut to what the system takes") {
    Worker worker("a_name_longer_than_fifteen");
    std::promise<std::string> name;
    std::future<std::string> answer = name.get_future();
    REQUIRE(worker.submit([&] {
        char text[32] = {};
        ::pthread_getname_np(::pthread_self(), text, sizeof text);
        name.set_value(text);
    }));
    const std::string seen = answer.get();
    // The name is set after the thread has started; until then it is its parent's.
    CHECK(seen.size() <= 15);
}

TEST_CASE("the inline executor of the other tests runs a task inside submit") {
    testing::InlineExecutor executor;
    bool ran = false;
    CHECK(executor.submit([&] { ran = true; }));
    CHECK(ran);
}

}  // namespace
}  // namespace gavel
