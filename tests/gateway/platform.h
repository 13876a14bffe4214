#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/http/in_process_service_client.h"
#include "services/auction/auction_service.h"
#include "services/bidding/bidding_service.h"
#include "services/gateway/gateway_service.h"
#include "services/history/history_service.h"
#include "services/notifier/notifier_service.h"
#include "tests/support/recorded_answer.h"
#include "tests/support/waiting_scheduler.h"

namespace gavel::gateway {

// All services but the dashboard's, wired as one process wires them, nothing of them on disk.
// Time is the test's.
class Platform {
  public:
    using Answer = std::shared_ptr<const testing::RecordedAnswer>;

    Platform()
        : auction_(scheduler, auction_options()),
          auctions_(scheduler, auction_.handler()),
          history_(scheduler, auctions_, {":memory:", nullptr}),
          notifier_(scheduler, auctions_, notifier_options()),
          bidding_(scheduler, auctions_),
          to_bidding_(scheduler, bidding_.handler()),
          to_history_(scheduler, history_.handler()),
          to_notifier_(scheduler, notifier_.handler()),
          gateway_(scheduler, {auctions_, to_bidding_, to_history_, &to_notifier_}) {
        auction_.start();
        history_.start();
        notifier_.start();
        bidding_.start();
        gateway_.start();
        scheduler.run_until(
            [this] { return testing::ask(gateway_.handler(), "GET", "/readyz")->status() == 200; });
    }

    const JSONRequestHandler& handler(const std::string& service) const {
        if (service == "auction_service") return auction_.handler();
        if (service == "bidding_service") return bidding_.handler();
        if (service == "history_service") return history_.handler();
        if (service == "notifier_service") return notifier_.handler();
        if (service == "go_gateway") return gateway_.go_handler();
        return gateway_.handler();
    }
    // Asks and waits for the answer.
    Answer send(const std::string& service, std::string method, std::string target,
                std::string body = {}, Headers headers = {}) {
        auto answer = testing::ask(handler(service), std::move(method), std::move(target),
                                   std::move(body), std::move(headers));
        scheduler.run_until([&] { return answer->arrived; });
        return answer;
    }

    testing::WaitingScheduler scheduler;

  private:
    static auction::AuctionHouse::Options auction_options() {
        auction::AuctionHouse::Options options;
        options.log.in_memory = true;
        options.unix_now_us = [] { return 1'700'000'000'123'456; };
        return options;
    }

    static notifier::NotifierOptions notifier_options() {
        notifier::NotifierOptions options;
        options.path = ":memory:";
        options.post = [](const WebPost&) {
            return WebAnswer{WebAnswer::Failure::unreachable};  // nothing leaves a test
        };
        return options;
    }

    auction::AuctionService auction_;
    InProcessServiceClient auctions_;
    history::HistoryService history_;
    notifier::NotifierService notifier_;
    bidding::BiddingService bidding_;
    InProcessServiceClient to_bidding_;
    InProcessServiceClient to_history_;
    InProcessServiceClient to_notifier_;
    GatewayService gateway_;
};

}  // namespace gavel::gateway
