#include "common/runtime/event_loop.h"

#include <doctest/doctest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <functional>
#include <memory>
#include <string>
#include <system_error>

// A real loop, on the test's own thread; every test makes the loop stop itself.

namespace gavel {
namespace {

FileDescriptor make_event(unsigned count = 0) {
    FileDescriptor event(::eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK));
    REQUIRE(event.valid());
    return event;
}

void take(const FileDescriptor& event) {
    std::uint64_t count = 0;
    REQUIRE(::read(event.get(), &count, sizeof count) == sizeof count);
}

class Handler : public IOHandler {
  public:
    explicit Handler(std::function<void(std::uint32_t)> f) : on_io_(std::move(f)) {}
    void on_io(std::uint32_t events) override { on_io_(events); }

  private:
    std::function<void(std::uint32_t)> on_io_;
};

// Calls a function when it is dropped, as a Responder does.
struct AtEnd {
    explicit AtEnd(std::function<void()> f) : on_end(std::move(f)) {}
    ~AtEnd() { on_end(); }
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;
    std::function<void()> on_end;
};

TEST_CASE("posted tasks run in order, those posted meanwhile after them") {
    EventLoop loop;
    std::string ran;
    loop.post([&] {
        ran += 'a';
        loop.post([&] {
            ran += 'c';
            loop.stop();
        });
    });
    loop.post([&] { ran += 'b'; });
    loop.run();
    CHECK(ran == "abc");
}

TEST_CASE("what was posted before the stop still runs") {
    EventLoop loop;
    std::string ran;
    loop.post([&] {
        loop.post([&] { ran += 'a'; });
        loop.stop();
        ran += 's';
    });
    loop.run();
    CHECK(ran == "sa");
}

TEST_CASE("a loop that was stopped before it ran returns, its tasks done") {
    EventLoop loop;
    bool ran = false;
    loop.post([&] { ran = true; });
    loop.stop();
    loop.run();
    CHECK(ran);
}

TEST_CASE("a task may post and another turn comes, many times over") {
    EventLoop loop;
    int turns = 0;
    std::function<void()> next = [&] {
        if (++turns == 10'000) {
            loop.stop();
        } else {
            loop.post(next);
        }
    };
    loop.post(next);
    loop.run();
    CHECK(turns == 10'000);
}

TEST_CASE("timers fire in the order they fall due, none of them early") {
    EventLoop loop;
    std::string fired;
    const std::int64_t start_us = loop.now_us();
    const auto at = [&](std::int64_t after_us, char name) {
        return loop.call_at(start_us + after_us, [&, after_us, name] {
            CHECK(loop.now_us() >= start_us + after_us);
            fired += name;
            if (name == 'z') loop.stop();
        });
    };
    at(3'000, 'z');
    at(2'000, 'c');
    const auto cancelled = at(1'500, 'x');
    at(1'000, 'a');
    at(1'000, 'b');
    at(-5'000, '0');
    loop.cancel(cancelled);
    loop.cancel(TimerId{});
    loop.run();
    CHECK(fired == "0abcz");
}

TEST_CASE("a timer may set the next one and cancel one that is due in the same turn") {
    EventLoop loop;
    std::string fired;
    const std::int64_t now_us = loop.now_us();
    TimerId second;
    loop.call_at(now_us - 2, [&] {
        fired += 'a';
        loop.cancel(second);
        loop.call_after_ms(0, [&] {
            fired += 'c';
            loop.stop();
        });
    });
    second = loop.call_at(now_us - 1, [&] { fired += 'b'; });
    loop.run();
    CHECK(fired == "ac");
}

TEST_CASE("a ready descriptor is told of in every turn until it is read") {
    EventLoop loop;
    const auto event = make_event(1);
    int calls = 0;
    Handler handler([&](std::uint32_t events) {
        CHECK((events & EPOLLIN) != 0);
        if (++calls < 3) return;
        take(event);
        loop.stop();
    });
    loop.watch(event.get(), EPOLLIN, handler);
    loop.run();
    CHECK(calls == 3);
}

TEST_CASE("rewatch changes what is waited for") {
    EventLoop loop;
    const auto event = make_event();
    std::uint32_t seen = 0;
    Handler handler([&](std::uint32_t events) {
        seen = events;
        loop.stop();
    });
    loop.watch(event.get(), EPOLLIN, handler);  // not readable
    loop.post([&] { loop.rewatch(event.get(), EPOLLOUT); });
    loop.run();
    CHECK(seen == EPOLLOUT);
}

TEST_CASE("a closed peer is told of, though nothing was asked for but reading") {
    EventLoop loop;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const FileDescriptor reader(ends[0]);
    FileDescriptor writer(ends[1]);
    std::uint32_t seen = 0;
    Handler handler([&](std::uint32_t events) {
        seen = events;
        loop.unwatch(reader.get());
        loop.stop();
    });
    loop.watch(reader.get(), EPOLLIN, handler);
    loop.post([&] { writer.reset(); });
    loop.run();
    CHECK((seen & EPOLLHUP) != 0);
}

TEST_CASE("a handler may unwatch and destroy another that is ready in the same turn") {
    EventLoop loop;
    const auto one = make_event(1);
    const auto two = make_event(1);
    std::unique_ptr<Handler> first;
    std::unique_ptr<Handler> second;
    int calls = 0;
    // Whichever comes first ends the other.
    first = std::make_unique<Handler>([&](std::uint32_t) {
        ++calls;
        loop.unwatch(two.get());
        second.reset();
        loop.stop();
    });
    second = std::make_unique<Handler>([&](std::uint32_t) {
        ++calls;
        loop.unwatch(one.get());
        first.reset();
        loop.stop();
    });
    loop.watch(one.get(), EPOLLIN, *first);
    loop.watch(two.get(), EPOLLIN, *second);
    loop.run();
    CHECK(calls == 1);
}

TEST_CASE("a handler may unwatch and destroy itself while it is being called") {
    EventLoop loop;
    auto event = make_event(1);
    std::unique_ptr<Handler> handler;
    int calls = 0;
    handler = std::make_unique<Handler>([&](std::uint32_t) {
        ++calls;
        // The closure goes with the handler: what is needed after it is copied first.
        EventLoop& kept = loop;
        kept.unwatch(event.get());
        event.reset();
        kept.post([&kept] { kept.stop(); });
        handler.reset();
    });
    loop.watch(event.get(), EPOLLIN, *handler);
    loop.run();
    CHECK(calls == 1);
}

TEST_CASE("an event of a descriptor's earlier owner does not reach the next one") {
    EventLoop loop;
    const auto one = make_event(1);
    auto two = make_event(1);
    const int number = two.get();
    FileDescriptor successor;
    int old_calls = 0;
    int new_calls = 0;
    Handler fresh([&](std::uint32_t) { ++new_calls; });
    Handler old([&](std::uint32_t) { ++old_calls; });
    // Both are ready, and the kernel reports them in the order they became so.
    Handler replacing([&](std::uint32_t) {
        take(one);
        loop.unwatch(number);
        two.reset();
        successor = make_event();  // takes the lowest free number, which is the one just closed
        REQUIRE(successor.get() == number);
        loop.watch(number, EPOLLIN, fresh);
        loop.post([&] { loop.stop(); });
    });
    loop.watch(one.get(), EPOLLIN, replacing);
    loop.watch(number, EPOLLIN, old);
    loop.run();
    CHECK(old_calls == 0);
    CHECK(new_calls == 0);
}

TEST_CASE("a handler may watch many more descriptors while it is being called") {
    EventLoop loop;
    const auto first = make_event(1);
    std::vector<FileDescriptor> more;
    int calls = 0;
    Handler counting([&](std::uint32_t) {
        if (++calls == 200) loop.stop();
    });
    Handler adding([&](std::uint32_t) {
        take(first);
        for (int i = 0; i < 200; ++i) {
            more.push_back(make_event(1));
            loop.watch(more.back().get(), EPOLLIN, counting);
        }
    });
    loop.watch(first.get(), EPOLLIN, adding);
    loop.run();
    CHECK(calls >= 200);
}

TEST_CASE("what cannot be watched is an error, and the loop goes on") {
    EventLoop loop;
    const auto event = make_event();
    Handler handler([](std::uint32_t) {});
    loop.watch(event.get(), EPOLLIN, handler);
    CHECK_THROWS_AS(loop.watch(event.get(), EPOLLIN, handler), std::system_error);
    int closed = 0;
    {
        const auto gone = make_event();
        closed = gone.get();
    }
    CHECK_THROWS_AS(loop.watch(closed, EPOLLIN, handler), std::system_error);
    CHECK_THROWS_AS(loop.rewatch(closed, EPOLLIN), std::system_error);
    loop.post([&] { loop.stop(); });
    loop.run();
}

TEST_CASE("what a task that never ran owns may post and cancel as the loop goes") {
    int dropped = 0;
    {
        TimerId other;  // outlives the loop, whose end drops the tasks that name it
        EventLoop loop;
        other = loop.call_after_ms(60'000, [] {});
        auto owned = std::make_shared<AtEnd>([&] {
            ++dropped;
            loop.cancel(other);
            auto last = std::make_shared<AtEnd>([&] { ++dropped; });
            loop.post([last] {});
            loop.call_after_ms(60'000, [last] {});
        });
        loop.call_after_ms(70'000, [owned] {});
        auto posted = std::make_shared<AtEnd>([&] {
            ++dropped;
            loop.post([] {});
        });
        loop.post([posted] {});
    }
    CHECK(dropped == 3);
}

}  // namespace
}  // namespace gavel
