#include "services/notifier/notifier_service.h"

#include <doctest/doctest.h>

#include <memory>

#include "tests/support/fake_service_client.h"
#include "tests/support/feed_pages.h"
#include "tests/support/recorded_answer.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/waiting_scheduler.h"

namespace gavel::notifier {
namespace {

TEST_CASE("the notifier goes on where it was, and tells nobody twice") {
    const testing::TemporaryDirectory directory;
    const NotifierOptions options{directory.file("notices.db"), nullptr};
    const auto events = testing::page("L", 2, {testing::closed(2, 7, "ann", 60)});
    for (int life = 0; life < 2; ++life) {
        testing::WaitingScheduler scheduler;
        testing::FakeServiceClient auctions;
        NotifierService service(scheduler, auctions, options);
        service.start();
        CHECK(auctions.last().target ==
              (life == 0 ? "/feed?after=0&wait_ms=0" : "/feed?after=2&wait_ms=0&log_id=L"));
        auctions.answer(200, testing::to_json_text(events));
        const auto answer =
            testing::ask(service.handler(), "GET", "/notifications?after=0&min_index=2");
        scheduler.run_until([&] { return answer->arrived; });
        CHECK(answer->status() == 200);
        CHECK(answer->body() ==
              R"({"notifications":[{"id":1,"auction_id":"7","winner":"ann","amount":60.0,)"
              R"("time":2.0,"reason":"Closed manually"}],"next":null})");
    }
}

}  // namespace
}  // namespace gavel::notifier
