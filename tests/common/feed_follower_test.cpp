#include "common/feed/feed_follower.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "common/logging/logging.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/manual_scheduler.h"

namespace gavel {
namespace {

using testing::FakeServiceClient;
using testing::ManualScheduler;

// A view that records what it is told, and does it at once, later, or not at all.
class RecordingView : public FeedView {
  public:
    std::string log_id() const override { return log_id_; }
    std::uint64_t index() const override { return index_; }

    void apply(const FeedPage& page, std::function<void(bool)> done) override {
        if (throws) throw std::runtime_error("the view failed");
        told.push_back("apply " + std::to_string(page.index));
        waiting = [this, index = page.index, done = std::move(done)](bool reached) {
            if (reached) index_ = index;
            done(reached);
        };
        if (!later) finish(!refuses);
    }

    void restart(const std::string& log_id) override {
        if (throws) throw std::runtime_error("the view failed");
        told.push_back("restart \"" + log_id + "\"");
        log_id_ = log_id;
        index_ = 0;
    }

    // Ends an apply() that was left open.
    void finish(bool reached) {
        REQUIRE(waiting);
        const auto call = std::exchange(waiting, nullptr);
        call(reached);
    }

    std::vector<std::string> told;
    std::function<void(bool)> waiting;
    bool later = false;
    bool refuses = false;
    bool throws = false;

  private:
    std::string log_id_;
    std::uint64_t index_ = 0;
};

using Told = std::vector<std::string>;

std::string page(const std::string& log_id, std::uint64_t index) {
    return R"({"log_id":")" + log_id + R"(","index":)" + std::to_string(index) + R"(,"events":[]})";
}

// A page that has one event, though it leads no further than `index`.
std::string page_with_event(const std::string& log_id, std::uint64_t index) {
    return R"({"log_id":")" + log_id + R"(","index":)" + std::to_string(index) +
           R"(,"events":[{"index":)" + std::to_string(index) +
           R"(,"n":0,"type":"closed","auction_id":1,"timestamp":1,"bidder":"","amount":1}]})";
}

struct Fixture {
    ManualScheduler scheduler;
    FakeServiceClient auctions;
    RecordingView view;
    std::unique_ptr<FeedFollower> follower =
        std::make_unique<FeedFollower>("follower", scheduler, auctions, view);

    Fixture() {
        configure_logging({.level = "off"});
        follower->start();
    }

    const std::string& asked() const { return auctions.last().target; }
    void answer(const std::string& body) {
        auctions.answer(200, body);
        scheduler.run_ready();
    }
    // Milliseconds until the next request is sent; -1 when none is within ten seconds.
    std::int64_t ms_until_next_request() {
        const auto before = auctions.requests().size();
        for (std::int64_t ms = 0; ms <= 10'000; ++ms) {
            if (auctions.requests().size() > before) return ms;
            scheduler.advance_ms(1);
        }
        return -1;
    }
};

TEST_CASE("pages are applied in order, each asked for where the last one ended") {
    Fixture f;
    CHECK(f.auctions.last().method == "GET");
    CHECK_FALSE(f.auctions.last().request_id.empty());
    CHECK(f.asked() == "/feed?after=0&wait_ms=0");
    f.answer(page("log", 3));
    CHECK(f.asked() == "/feed?after=3&wait_ms=20000&log_id=log");
    f.answer(page("log", 5));
    CHECK(f.asked() == "/feed?after=5&wait_ms=20000&log_id=log");
    CHECK(f.view.told == Told{"restart \"log\"", "apply 3", "apply 5"});
}

TEST_CASE("a follower that pauses asks again when the pause is over, or at once when hurried") {
    Fixture f;
    f.follower->pause_between_pages(100);
    f.answer(page("log", 3));
    CHECK(f.auctions.waiting() == 0);
    CHECK(f.ms_until_next_request() == 100);
    f.answer(page("log", 4));
    f.scheduler.advance_ms(50);
    f.follower->hurry();
    f.follower->hurry();
    CHECK(f.ms_until_next_request() == 1);
    CHECK(f.auctions.waiting() == 1);
    // Hurried while a page is on its way, which may lack what is waited for: no pause after it.
    f.answer(page("log", 5));
    CHECK(f.auctions.waiting() == 1);
    f.answer(page("log", 6));
    CHECK(f.auctions.waiting() == 0);
    f.scheduler.advance_ms(60'000);
    CHECK(f.auctions.waiting() == 1);
}

TEST_CASE("a follower that has not come to the feed's end does not pause") {
    Fixture f;
    f.follower->pause_between_pages(100);
    f.answer(R"({"log_id":"log","index":3,"head":9,"events":[]})");
    CHECK(f.auctions.waiting() == 1);
}

TEST_CASE("the client waits longer for an answer than the service waits for news") {
    Fixture f;
    f.answer(page("log", 3));
    CHECK(f.auctions.last().timeout_ms > 20'000);
}

TEST_CASE("one request is in flight, never two, and none while a page is being applied") {
    Fixture f;
    f.view.later = true;
    CHECK(f.auctions.waiting() == 1);
    f.scheduler.advance_ms(60'000);
    CHECK(f.auctions.requests().size() == 1);
    f.answer(page("log", 3));
    CHECK(f.auctions.waiting() == 0);
    f.scheduler.advance_ms(60'000);
    CHECK(f.auctions.waiting() == 0);
    f.view.finish(true);
    f.scheduler.run_ready();
    CHECK(f.auctions.waiting() == 1);
    CHECK(f.auctions.requests().size() == 2);
}

TEST_CASE("a page without news is not applied; the next request waits for some") {
    Fixture f;
    f.answer(page("log", 3));
    f.answer(page("log", 3));
    CHECK(f.view.told == Told{"restart \"log\"", "apply 3"});
    CHECK(f.auctions.waiting() == 1);
    CHECK(f.asked() == "/feed?after=3&wait_ms=20000&log_id=log");
}

TEST_CASE("an empty log is followed from its start") {
    Fixture f;
    f.answer(page("log", 0));
    CHECK(f.view.told == Told{"restart \"log\"", "apply 0"});
    CHECK(f.follower->connected());
    CHECK(f.asked() == "/feed?after=0&wait_ms=20000&log_id=log");
}

TEST_CASE("connected from the first page on, until the service is away") {
    Fixture f;
    CHECK_FALSE(f.follower->connected());
    f.answer(page("log", 3));
    CHECK(f.follower->connected());
    f.auctions.fail(ServiceFailure::lost);
    CHECK_FALSE(f.follower->connected());
    // What comes next is asked for without a wait, to know soon that the service is back.
    CHECK(f.ms_until_next_request() == 20);
    CHECK(f.asked() == "/feed?after=3&wait_ms=0&log_id=log");
    f.answer(page("log", 3));
    CHECK(f.follower->connected());
}

TEST_CASE("while the service is away it backs off up to half a second, then recovers") {
    Fixture f;
    for (const std::int64_t delay_ms : {20, 40, 80, 160, 320, 500, 500, 500}) {
        f.auctions.fail(ServiceFailure::unreachable);
        CHECK(f.auctions.waiting() == 0);
        CHECK(f.ms_until_next_request() == delay_ms);
    }
    f.answer(page("log", 3));
    CHECK(f.view.index() == 3);
    CHECK(f.auctions.waiting() == 1);
    f.auctions.fail(ServiceFailure::unreachable);
    CHECK(f.ms_until_next_request() == 20);
}

TEST_CASE("whatever is not a page counts as away, and the view stays as it is") {
    Fixture f;
    f.answer(page("log", 3));
    for (const int status : {404, 429, 500, 502, 503, 504, 301}) {
        f.auctions.answer(status, page("log", 9));
        CHECK_FALSE(f.follower->connected());
        CHECK(f.ms_until_next_request() > 0);
        f.answer(page("log", 3));
    }
    for (const auto failure : {ServiceFailure::timed_out, ServiceFailure::overloaded,
                               ServiceFailure::too_large, ServiceFailure::lost}) {
        f.auctions.fail(failure);
        CHECK_FALSE(f.follower->connected());
        CHECK(f.ms_until_next_request() > 0);
        f.answer(page("log", 3));
    }
    for (const char* body : {"", "<html>", "{}", "[]", R"({"log_id":"log","index":9})"}) {
        f.auctions.answer(200, body);
        CHECK_FALSE(f.follower->connected());
        CHECK(f.ms_until_next_request() > 0);
        f.answer(page("log", 3));
    }
    // Each return is told of, even without news; nothing of what came between was taken in.
    CHECK(f.view.told.front() == "restart \"log\"");
    CHECK(std::all_of(f.view.told.begin() + 1, f.view.told.end(),
                      [](const std::string& told) { return told == "apply 3"; }));
    CHECK(f.view.index() == 3);
    CHECK(f.auctions.waiting() == 1);
}

TEST_CASE("410 restarts the view, which is then fed from the beginning") {
    Fixture f;
    f.answer(page("log", 3));
    f.auctions.answer(410, R"({"error":"gone","oldest":100})");
    CHECK(f.view.told.back() == "restart \"\"");
    CHECK(f.ms_until_next_request() == 20);
    CHECK(f.asked().substr(0, 13) == "/feed?after=0");
    CHECK(f.asked().find("log_id") == std::string::npos);
    f.answer(page("other", 5));
    CHECK(f.view.told ==
          Told{"restart \"log\"", "apply 3", "restart \"\"", "restart \"other\"", "apply 5"});
}

TEST_CASE("a service that says 410 again and again is not asked without pause") {
    Fixture f;
    for (const std::int64_t delay_ms : {20, 40, 80, 160, 320, 500, 500}) {
        f.auctions.answer(410, "{}");
        CHECK(f.ms_until_next_request() == delay_ms);
    }
}

TEST_CASE("another log id restarts the view, and the page from its middle is not applied") {
    Fixture f;
    f.answer(page("log", 3));
    f.auctions.answer(200, page("other", 9));  // what came after entry 3: entries 1 to 3 lack
    CHECK(f.ms_until_next_request() == 20);
    CHECK(f.view.told == Told{"restart \"log\"", "apply 3", "restart \"other\""});
    CHECK(f.asked().substr(0, 13) == "/feed?after=0");
    f.answer(page("other", 9));
    CHECK(f.view.told.back() == "apply 9");
    CHECK(f.view.log_id() == "other");
    CHECK(f.auctions.waiting() == 1);
}

TEST_CASE("another log id before any entry was reached is followed at once") {
    Fixture f;
    f.answer(page("log", 0));
    f.answer(page("other", 9));
    CHECK(f.view.told == Told{"restart \"log\"", "apply 0", "restart \"other\"", "apply 9"});
}

TEST_CASE("a view that could not apply a page gets the same page again, after a pause") {
    Fixture f;
    f.view.refuses = true;
    for (const std::int64_t delay_ms : {20, 40, 80, 160, 320, 500, 500}) {
        f.answer(page("log", 3));
        CHECK(f.auctions.waiting() == 0);
        CHECK(f.ms_until_next_request() == delay_ms);
        CHECK(f.asked().substr(0, 13) == "/feed?after=0");
        CHECK(f.follower->connected());
    }
    f.view.refuses = false;
    f.answer(page("log", 3));
    CHECK(f.view.index() == 3);
    CHECK(f.asked().substr(0, 13) == "/feed?after=3");
    f.view.refuses = true;
    f.answer(page("log", 4));
    CHECK(f.ms_until_next_request() == 20);
}

TEST_CASE("a view that throws is asked again later, at 410 as well") {
    Fixture f;
    f.view.throws = true;
    f.answer(page("log", 3));
    CHECK(f.ms_until_next_request() > 0);
    f.auctions.answer(410, "{}");
    CHECK(f.ms_until_next_request() > 0);
    f.view.throws = false;
    f.answer(page("log", 3));
    CHECK(f.view.index() == 3);
    CHECK(f.auctions.waiting() == 1);
}

TEST_CASE("503 is an absence: the view stays as it is and the same page is asked for again") {
    Fixture f;
    f.answer(page("L", 7));
    f.auctions.answer(503, R"({"error":"no node can do this now"})", {{"Retry-After", "1"}});
    CHECK_FALSE(f.follower->connected());
    CHECK(f.view.index() == 7);
    f.scheduler.advance_ms(500);
    CHECK(f.auctions.last().target == "/feed?after=7&wait_ms=0&log_id=L");
    f.auctions.answer(200, page("L", 7));
    CHECK(f.follower->connected());
}

TEST_CASE("a page of a node that is behind the view is passed over, and asked for again later") {
    for (const bool after_a_silence : {false, true}) {
        CAPTURE(after_a_silence);
        Fixture f;
        f.answer(page("L", 7));
        if (after_a_silence) {
            f.auctions.fail(ServiceFailure::unreachable);
            f.scheduler.advance_ms(500);
        }
        const auto told = f.view.told;
        f.answer(page("L", 5));
        CHECK(f.auctions.waiting() == 0);  // not asked without pause
        f.scheduler.advance_ms(500);
        f.auctions.answer(200, page_with_event("L", 6));
        f.scheduler.advance_ms(500);
        CHECK(f.view.told == told);
        CHECK(f.view.index() == 7);
        CHECK(f.follower->connected());
        CHECK(f.auctions.last().target == "/feed?after=7&wait_ms=20000&log_id=L");
        f.auctions.answer(200, page_with_event("L", 8));
        CHECK(f.view.index() == 8);
    }
}

TEST_CASE("a page with events is applied even where the view already is") {
    Fixture f;
    f.answer(page("log", 3));
    f.answer(page_with_event("log", 3));
    CHECK(f.view.told.back() == "apply 3");
    CHECK(f.view.told.size() == 3);
}

TEST_CASE("destruction is harmless at any moment") {
    SUBCASE("with a request in flight") {
        Fixture f;
        f.follower.reset();
        f.auctions.answer(200, page("log", 3));
        f.scheduler.advance_ms(10'000);
        CHECK(f.view.told.empty());
        CHECK(f.auctions.requests().size() == 1);
    }
    SUBCASE("with a request in flight that fails") {
        Fixture f;
        f.follower.reset();
        f.auctions.fail(ServiceFailure::timed_out);
        f.scheduler.advance_ms(10'000);
        CHECK(f.auctions.requests().size() == 1);
    }
    SUBCASE("while it backs off") {
        Fixture f;
        f.auctions.fail(ServiceFailure::unreachable);
        f.follower.reset();
        f.scheduler.advance_ms(10'000);
        CHECK(f.auctions.requests().size() == 1);
    }
    SUBCASE("while a page is being applied") {
        Fixture f;
        f.view.later = true;
        f.answer(page("log", 3));
        f.follower.reset();
        f.view.finish(true);
        f.scheduler.advance_ms(10'000);
        CHECK(f.auctions.requests().size() == 1);
    }
    SUBCASE("before the next request was sent") {
        Fixture f;
        f.auctions.answer(200, page("log", 3));
        f.follower.reset();
        f.scheduler.advance_ms(10'000);
        CHECK(f.auctions.requests().size() == 1);
    }
    SUBCASE("before it was started") {
        ManualScheduler scheduler;
        FakeServiceClient auctions;
        RecordingView view;
        { const FeedFollower never_started("follower", scheduler, auctions, view); }
        CHECK(auctions.requests().empty());
    }
}

}  // namespace
}  // namespace gavel
