#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/http/cluster_service_client.h"
#include "services/runner/raft_service.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/recorded_answer.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/waiting_scheduler.h"

namespace gavel {

using nlohmann::json;

constexpr std::int64_t start_us = 1'700'000'000'000'000;

// The replicated auction tier on one loop, with real disks; each node is called directly.
class Tier {
  public:
    explicit Tier(raft::NodeId nodes, std::uint64_t snapshot_interval_entries = 1'000'000,
                  std::string token = {})
        : snapshot_interval_entries_(snapshot_interval_entries), token_(std::move(token)) {
        for (raft::NodeId id = 1; id <= nodes; ++id) peers_[id] = url(id);
        for (raft::NodeId id = 1; id <= nodes; ++id) start(id);
    }

    void start(raft::NodeId id) {
        RaftService::Options options;
        options.node.id = id;
        options.node.peers = peers_;
        options.node.data_dir = directory_.file("node-" + std::to_string(id));
        options.node.snapshot_interval_entries = snapshot_interval_entries_;
        options.node.token = token_;
        options.participant =
            Participation::Options{"auction_service", token_, {{"coordinator", coordinator}}};
        options.unix_now_us = [this] { return start_us + scheduler.now_us(); };
        options.on_fatal = [this](const std::string& why) { fatal.push_back(why); };
        std::filesystem::create_directories(options.node.data_dir);
        services_[id] = std::make_unique<RaftService>(
            scheduler, options,
            [this](const std::string& to) { return std::make_unique<Link>(*this, to); });
        services_[id]->start();
    }
    void stop(raft::NodeId id) { services_.erase(id); }
    // Of a node that is stopped.
    void lose_events(raft::NodeId id) const {
        const auto folder = directory_.file("node-" + std::to_string(id));
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            const auto name = file.path().filename().string();
            if (name.find(".events") != std::string::npos) std::filesystem::remove(file.path());
        }
    }

    // Lets time pass, and the disks work, until the condition holds.
    void run_until(const std::function<bool()>& condition) {
        for (int i = 0; i < 20'000; ++i) {
            if (condition()) return;
            scheduler.advance_with_threads_ms(5);
        }
        FAIL("it does not happen");
    }
    raft::NodeId leader() {
        raft::NodeId found = raft::no_node;
        run_until([&] {
            found = raft::no_node;
            for (const auto& [id, service] : services_) {
                // Ready is who knows a leader.
                if (ask(id, "GET", "/readyz")->status() != 200) return false;
                if (service->leads()) found = id;
            }
            return found != raft::no_node;
        });
        return found;
    }
    raft::NodeId follower() { return leader() % peers_.size() + 1; }

    std::shared_ptr<const testing::RecordedAnswer> ask(raft::NodeId id, std::string method,
                                                       std::string target, std::string body = {},
                                                       Headers headers = {}) {
        return testing::ask(services_.at(id)->handler(), std::move(method), std::move(target),
                            std::move(body), std::move(headers));
    }
    std::shared_ptr<const testing::RecordedAnswer> send(raft::NodeId id, std::string method,
                                                        std::string target, std::string body = {},
                                                        Headers headers = {}) {
        auto answer =
            ask(id, std::move(method), std::move(target), std::move(body), std::move(headers));
        run_until([&] { return answer->arrived; });
        return answer;
    }
    // The path of a new auction.
    std::string make(raft::NodeId id, int duration_seconds = 0) {
        const auto answer = send(id, "POST", "/auctions",
                                 R"({"name":"Lamp","starting_bid":1,"duration_seconds":)" +
                                     std::to_string(duration_seconds) + "}");
        REQUIRE(answer->status() == 201);
        return "/auctions/" + json::parse(answer->body())["auction"]["id"].get<std::string>();
    }
    void bid(raft::NodeId id, const std::string& path, int amount) {
        const auto answer = send(id, "POST", path + "/bid",
                                 R"({"bidder":"ann","amount":)" + std::to_string(amount) + "}");
        REQUIRE(answer->status() == 200);
    }
    // Reaches the nodes as another process does, wherever the leader is.
    std::unique_ptr<ServiceClient> client() {
        std::vector<ClusterServiceClient::Node> nodes;
        for (const auto& [id, to] : peers_) {
            nodes.push_back({to, std::make_unique<Link>(*this, to)});
        }
        return std::make_unique<ClusterServiceClient>("auction service", std::move(nodes),
                                                      scheduler, 1);
    }
    std::string book(raft::NodeId id) { return ask(id, "GET", "/book")->body(); }
    void wait_for_equal_books() {
        run_until([&] {
            for (const auto& [id, service] : services_) {
                if (book(id) != book(services_.begin()->first)) return false;
            }
            return true;
        });
    }
    // All events of a node, from the first.
    std::string events(raft::NodeId id) {
        std::string all;
        std::uint64_t after = 0;
        for (;;) {
            const auto answer = send(id, "GET", "/feed?limit=50&after=" + std::to_string(after));
            if (answer->status() == 503) {
                scheduler.advance_with_threads_ms(10);
                continue;
            }
            REQUIRE(answer->status() == 200);
            const auto page = json::parse(answer->body());
            for (const auto& event : page["events"]) all += event.dump() + "\n";
            after = page["index"];
            if (after >= page["head"]) return all;
        }
    }

    // Whom participants in doubt ask.
    testing::FakeServiceClient coordinator;
    testing::WaitingScheduler scheduler;
    std::vector<std::string> fatal;

  private:
    class Link : public ServiceClient {
      public:
        Link(Tier& tier, std::string to) : tier_(tier), to_(std::move(to)) {}
        void send(ServiceRequest request, Callback callback) override {
            tier_.scheduler.call_after_ms(1, [&tier = tier_, to = to_, request, callback] {
                for (const auto& [id, service] : tier.services_) {
                    if (url(id) != to) continue;
                    service->handler().handle(
                        JSONRequest(request.method, request.target, request.body, request.headers),
                        Responder([callback](Response response) {
                            callback({ServiceFailure::none, std::move(response)});
                        }));
                    return;
                }
                callback({ServiceFailure::unreachable, {}});
            });
        }

      private:
        Tier& tier_;
        std::string to_;
    };

    static std::string url(raft::NodeId id) { return "http://n" + std::to_string(id) + ":9001"; }

    const std::uint64_t snapshot_interval_entries_;
    const std::string token_;
    testing::TemporaryDirectory directory_;
    std::map<raft::NodeId, std::string> peers_;
    std::map<raft::NodeId, std::unique_ptr<RaftService>> services_;
};

}  // namespace gavel
