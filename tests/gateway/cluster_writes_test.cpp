// Writes without a key through gateway and bidding service to an auction service of two nodes, of
// which answers get lost: each takes effect once, and its client hears how.

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/http/cluster_service_client.h"
#include "common/http/in_process_service_client.h"
#include "common/limits.h"
#include "services/auction/auction_service.h"
#include "services/bidding/bidding_service.h"
#include "services/gateway/write_path.h"
#include "tests/support/manual_scheduler.h"

namespace gavel::gateway {
namespace {

using nlohmann::json;

// What becomes of the next writes, of all nodes together.
enum class Fate { answered, lost_before, lost_after, refused, forwarder_lost };

// A node that leads, behind a network that does what it is told.
class Node : public ServiceClient {
  public:
    Node(Scheduler& scheduler, const JSONRequestHandler& handler, std::deque<Fate>& fates)
        : client_(scheduler, handler), fates_(fates) {}

    void send(ServiceRequest request, Callback callback) override {
        Fate fate = Fate::answered;
        if (request.method == "POST" && !fates_.empty()) {
            fate = fates_.front();
            fates_.pop_front();
        }
        switch (fate) {
            case Fate::answered: client_.send(std::move(request), std::move(callback)); return;
            case Fate::lost_before: callback({ServiceFailure::lost, {}}); return;
            case Fate::refused:
                callback({ServiceFailure::none, JSONResponse::unavailable("no leader")});
                return;
            case Fate::lost_after:
                client_.send(std::move(request), [callback](const ServiceResult&) {
                    callback({ServiceFailure::timed_out, {}});
                });
                return;
            case Fate::forwarder_lost:
                client_.send(std::move(request), [callback](const ServiceResult&) {
                    callback({ServiceFailure::none, JSONResponse::error(504, "leader lost")});
                });
                return;
        }
    }

  private:
    InProcessServiceClient client_;
    std::deque<Fate>& fates_;
};

class Cluster {
  public:
    Cluster() {
        auction_.start();
        auctions_ = make_client(1);
        bidding_auctions_ = make_client(2);
        bidding_ = std::make_unique<bidding::BiddingService>(scheduler_, *bidding_auctions_);
        to_bidding_ = std::make_unique<InProcessServiceClient>(scheduler_, bidding_->handler());
        writes_ = std::make_unique<WritePath>(*auctions_, *to_bidding_, 0xfeedULL);
        create();
        id = json::parse(answers.at(0).body)["auction"]["id"];
        answers.clear();
    }

    void create() {
        writes_->create(request(), R"({"name":"Lamp","starting_bid":50})", record());
        run();
    }
    void bid(std::int64_t amount) {
        writes_->bid(request(), std::stoull(id),
                     {"ann", {amount * Money::units_per_whole, Money::Notation::integer}},
                     record());
        run();
    }
    void close() {
        writes_->close(request(), std::stoull(id), record());
        run();
    }
    // What the book has of the auction.
    std::size_t bids() { return book("/auctions/" + id)["auction"]["bids"].size(); }
    std::size_t auction_count() { return book("/auctions")["auctions"].size(); }

    std::deque<Fate> fates;
    std::vector<Response> answers;
    std::string id;

  private:
    static JSONRequest request() { return {"POST", "/x", "", {}}; }
    static auction::AuctionHouse::Options options() {
        auction::AuctionHouse::Options options;
        options.log.in_memory = true;
        options.unix_now_us = [] { return 1'700'000'000'000'000; };
        return options;
    }
    std::unique_ptr<ClusterServiceClient> make_client(std::uint64_t seed) {
        std::vector<ClusterServiceClient::Node> nodes;
        for (const char* url : {"http://n1:9001", "http://n2:9001"}) {
            nodes.push_back({url, std::make_unique<Node>(scheduler_, auction_.handler(), fates)});
        }
        return std::make_unique<ClusterServiceClient>("auction service", std::move(nodes),
                                                      scheduler_, seed);
    }
    WritePath::Callback record() {
        return [this](Response response) { answers.push_back(std::move(response)); };
    }
    void run() { scheduler_.advance_ms(limits::behind_cluster_timeout_ms); }
    json book(const std::string& target) {
        json body;
        InProcessServiceClient client(scheduler_, auction_.handler());
        client.send({"GET", target, {}, {}, {}},
                    [&](const ServiceResult& result) { body = json::parse(result.response.body); });
        return body;
    }

    testing::ManualScheduler scheduler_;
    auction::AuctionService auction_{scheduler_, options()};
    std::unique_ptr<ClusterServiceClient> auctions_;
    std::unique_ptr<ClusterServiceClient> bidding_auctions_;
    std::unique_ptr<bidding::BiddingService> bidding_;
    std::unique_ptr<InProcessServiceClient> to_bidding_;
    std::unique_ptr<WritePath> writes_;
};

TEST_CASE("a write whose answers get lost takes effect once and is answered as it was decided") {
    const std::vector<Fate> rows[] = {{},
                                      {Fate::lost_before},
                                      {Fate::lost_after},
                                      {Fate::refused, Fate::lost_after, Fate::refused},
                                      {Fate::forwarder_lost, Fate::lost_after, Fate::lost_before},
                                      {Fate::lost_after, Fate::lost_after, Fate::lost_after}};
    for (const auto& row : rows) {
        Cluster c;
        c.fates = {row.begin(), row.end()};
        c.create();
        REQUIRE(c.answers.size() == 1);
        CHECK(c.answers[0].status == 201);
        CHECK(c.auction_count() == 2);
        c.fates = {row.begin(), row.end()};
        c.bid(60);
        REQUIRE(c.answers.size() == 2);
        CHECK(c.answers[1].status == 200);
        CHECK(c.bids() == 1);
        c.fates = {row.begin(), row.end()};
        c.bid(60);
        CHECK(c.answers.at(2).status == 409);
        c.fates = {row.begin(), row.end()};
        c.close();
        CHECK(c.answers.at(3).status == 200);
        CHECK(c.fates.empty());
    }
}

TEST_CASE("while no node leads a write is 503 after ten seconds, and nothing was done") {
    Cluster c;
    c.fates.assign(10'000, Fate::refused);
    c.create();
    c.bid(60);
    for (const auto& answer : c.answers) {
        CHECK(answer.status == 503);
        CHECK(answer.headers.find("Retry-After") == "1");
        CHECK(answer.body ==
              R"({"error":"no node of the auction service can do this now, try again"})");
    }
    CHECK(c.answers.size() == 2);
    c.fates.clear();
    CHECK(c.auction_count() == 1);
    CHECK(c.bids() == 0);
}

TEST_CASE("a write whose every answer was lost is 504, and took effect at most once") {
    Cluster c;
    c.fates.assign(10'000, Fate::lost_after);
    c.create();
    c.bid(60);
    CHECK(c.answers.size() == 2);
    for (const auto& answer : c.answers) CHECK(answer.status == 504);
    c.fates.clear();
    CHECK(c.auction_count() == 2);
    CHECK(c.bids() == 1);
}

}  // namespace
}  // namespace gavel::gateway
