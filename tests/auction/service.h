#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "services/auction/auction_service.h"
#include "tests/auction/commands.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/recorded_answer.h"

namespace gavel::auction {

using Answer = std::shared_ptr<const testing::RecordedAnswer>;

// The service over a log in memory; it is 14 November 2023.
struct Service {
    testing::ManualScheduler scheduler;
    AuctionService service{scheduler, options()};

    Service() { service.start(); }
    static AuctionHouse::Options options() {
        AuctionHouse::Options options;
        options.log.in_memory = true;
        options.unix_now_us = [] { return start_us; };
        return options;
    }

    Answer start(std::string method, std::string target, std::string body = {},
                 Headers headers = {}) {
        return testing::ask(service.handler(), std::move(method), std::move(target),
                            std::move(body), std::move(headers));
    }
    Answer send(std::string method, std::string target, std::string body = {},
                Headers headers = {}) {
        auto answer =
            start(std::move(method), std::move(target), std::move(body), std::move(headers));
        scheduler.run_ready();
        REQUIRE(answer->arrived);
        return answer;
    }
    Answer post(std::string target, std::string body = {}, Headers headers = {}) {
        return send("POST", std::move(target), std::move(body), std::move(headers));
    }
    // The path of a new auction at 50.
    std::string make(int duration_seconds = 0) {
        const auto answer = post("/auctions", R"({"name":"Lamp","starting_bid":50,)"
                                              R"("duration_seconds":)" +
                                                  std::to_string(duration_seconds) + "}");
        REQUIRE(answer->status() == 201);
        return "/auctions/" +
               nlohmann::json::parse(answer->body())["auction"]["id"].get<std::string>();
    }
    std::string log_id() { return nlohmann::json::parse(send("GET", "/feed")->body())["log_id"]; }
};

inline std::string bid_of(const std::string& bidder, const std::string& amount) {
    return R"({"bidder":")" + bidder + R"(","amount":)" + amount + "}";
}

}  // namespace gavel::auction
