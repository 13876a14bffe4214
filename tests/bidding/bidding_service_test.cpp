#include "services/bidding/bidding_service.h"

#include <doctest/doctest.h>

#include "tests/support/fake_service_client.h"
#include "tests/support/feed_pages.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"

namespace gavel::bidding {
namespace {

using testing::ask;

TEST_CASE("the service screens by what its feed has brought, and forwards once it is lost") {
    testing::ManualScheduler scheduler;
    testing::FakeServiceClient auctions;
    BiddingService service(scheduler, auctions);
    const std::string low = R"({"bidder":"ann","amount":50})";

    service.start();
    REQUIRE(auctions.requests().size() == 1);
    CHECK(auctions.last().target == "/feed?after=0&wait_ms=0");
    auctions.answer(
        200, testing::to_json_text(testing::page("L", 1, {testing::created(1, 1, "Lamp", 50)})));
    scheduler.run_ready();
    REQUIRE(auctions.requests().size() == 2);  // it asks for more, and waits there

    CHECK(ask(service.handler(), "POST", "/auctions/1/bid", low)->status() == 409);

    auctions.fail(ServiceFailure::lost);
    const auto forwarded = ask(service.handler(), "POST", "/auctions/1/bid", low);
    CHECK_FALSE(forwarded->arrived);
    CHECK(auctions.last().target == "/auctions/1/bid");
}

}  // namespace
}  // namespace gavel::bidding
