#include "services/history/history_service.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "common/concurrency/mutex.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/feed_pages.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"
#include "tests/support/temporary_directory.h"

namespace gavel::history {
namespace {

using testing::ask;

// The service brings its own worker threads, which post. Destroying it joins them, so what they
// have written and posted is known then, without waiting for a time.
class PostedFromThreads : public testing::ManualScheduler {
  public:
    void post(Task task) override {
        const MutexLock lock(mutex_);
        ManualScheduler::post(std::move(task));
    }

  private:
    Mutex mutex_;
};

TEST_CASE("what the feed brought and clients posted is there in the next life") {
    const testing::TemporaryDirectory directory;
    const HistoryOptions options{directory.file("history.db"), [](const std::string&) {}};
    {
        PostedFromThreads scheduler;
        testing::FakeServiceClient auctions;
        HistoryService service(scheduler, auctions, options);
        service.start();
        CHECK(auctions.last().target == "/feed?after=0&wait_ms=0");
        auctions.answer(200, testing::to_json_text(
                                 testing::page("L", 2, {testing::created(1, 1, "Lamp", 50)})));
        ask(service.handler(), "POST", "/events", R"({"payload":"note"})");
    }
    PostedFromThreads scheduler;
    testing::FakeServiceClient auctions;
    auto service = std::make_unique<HistoryService>(scheduler, auctions, options);
    service->start();
    CHECK(auctions.last().target == "/feed?after=2&wait_ms=0&log_id=L");
    const auto answer = ask(service->handler(), "GET", "/events");
    service.reset();
    scheduler.run_ready();
    CHECK(answer->status() == 200);
    CHECK(answer->header("Gavel-Index") == "2");
    CHECK(answer->body().find(R"("payload":"Lamp")") < answer->body().find(R"("payload":"note")"));
    CHECK(answer->body().find(R"("payload":"note")") != std::string::npos);
}

TEST_CASE("nothing is left waiting when the service ends, and late callbacks are harmless") {
    for (const bool in_memory : {true, false}) {
        const testing::TemporaryDirectory directory;
        PostedFromThreads scheduler;
        testing::FakeServiceClient auctions;
        auto service = std::make_unique<HistoryService>(
            scheduler, auctions,
            HistoryOptions{in_memory ? "" : directory.file("history.db"), nullptr});
        service->start();
        const auto posted = ask(service->handler(), "POST", "/events", "{}");
        const auto read = ask(service->handler(), "GET", "/events");
        const auto waiting = ask(service->handler(), "GET", "/events?min_index=9");
        service.reset();
        auctions.answer(200, testing::to_json_text(testing::page("L", 1, {})));
        scheduler.advance_ms(60'000);
        CHECK(posted->arrived);
        CHECK(read->status() == 200);
        CHECK(waiting->arrived);
    }
}

}  // namespace
}  // namespace gavel::history
