#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/gateway/platform.h"

// Replays what the original platform was recorded to answer (tests/contract/examples.json) and
// compares ours with it: status, values, the order of keys, whole numbers and decimals.

namespace gavel::gateway {
namespace {

using Json = nlohmann::ordered_json;

Json read_examples() {
    std::ifstream file(GAVEL_CONTRACT_EXAMPLES);
    if (!file) throw std::runtime_error("there are no examples");
    return Json::parse(file);
}

struct Ids {
    std::vector<std::string> created;  // that the nth create returned

    // Puts our ids where the recording has names for them.
    std::string filled(std::string text) const {
        for (std::size_t i = created.size(); i > 0; --i) {
            const std::string name = "$auction" + std::to_string(i);
            for (std::size_t at = 0; (at = text.find(name)) != std::string::npos;) {
                text.replace(at, name.size(), created[i - 1]);
            }
        }
        return text;
    }
};

// Replaces times that the recording does not pin down, after a look at them.
void unpin_times(const Json& expected, Json& actual) {
    if (expected == "$time") {
        CHECK(actual.is_number_float());
        if (actual.is_number()) CHECK(actual.get<double>() > 1'000'000'000);
        actual = "$time";
    } else if (expected.is_object() && actual.is_object()) {
        for (const auto& [key, value] : expected.items()) {
            if (actual.contains(key)) unpin_times(value, actual[key]);
        }
    } else if (expected.is_array() && actual.is_array()) {
        for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
            unpin_times(expected[i], actual[i]);
        }
    }
}

// The defects of the original that ours does not have.
int our_status(const Json& step) {
    const std::string method = step.at("method");
    const int status = step.at("status");
    if (status == 500) return 400;
    if (status == 404 && (method == "PUT" || method == "DELETE")) return 405;
    return status;
}

void replay(Platform& platform, const Json& step, Ids& ids) {
    if (step.contains("wait_seconds_before")) {
        const double seconds = step.at("wait_seconds_before");
        platform.scheduler.advance_ms(static_cast<std::int64_t>(seconds * 1000));
    }
    const std::string method = step.at("method");
    const std::string target = ids.filled(step.at("path"));
    std::string body = step.value("raw_body", "");
    if (step.contains("body")) body = step.at("body").dump();
    INFO(method << " " << target << " " << body);
    const auto answer = platform.send(step.at("service"), method, target, body);
    CHECK(answer->status() == our_status(step));
    Json actual = Json::parse(answer->body());
    const Json& expected = step.at("response");
    if (expected.is_string()) {  // an HTML page there
        CHECK(actual.at("error").is_string());
        CHECK(actual.size() == 1);
        return;
    }
    if (answer->status() == 201 && actual.contains("auction")) {
        ids.created.push_back(actual.at("auction").at("id"));
    }
    unpin_times(expected, actual);
    CHECK(actual.dump() == ids.filled(expected.dump()));
}

TEST_CASE("ours answers what the original was recorded to answer") {
    const Json examples = read_examples();
    REQUIRE(examples.at("scenarios").size() > 10);
    for (const auto& scenario : examples.at("scenarios")) {
        INFO(scenario.at("scenario").get<std::string>());
        Platform platform;
        Ids ids;
        for (const auto& step : scenario.at("steps")) replay(platform, step, ids);
    }
}

TEST_CASE("the history lists what happened, oldest first, in the original's words") {
    Platform platform;
    platform.send("gateway", "POST", "/api/auctions",
                  R"({"name":"Laptop","starting_bid":50,"duration_seconds":2})");
    const auto list = Json::parse(platform.send("gateway", "GET", "/api/auctions")->body());
    const std::string id = list["auctions"][0]["id"];
    platform.send("gateway", "POST", "/api/auctions/" + id + "/bid",
                  R"({"bidder":"alice","amount":60})");
    platform.send("gateway", "POST", "/api/auctions/" + id + "/bid",
                  R"({"bidder":"bob","amount":55})");
    platform.send("gateway", "POST", "/api/auctions/" + id + "/close");
    platform.send("gateway", "POST", "/api/auctions/" + id + "/close");
    Json events = Json::parse(platform.send("gateway", "GET", "/api/history")->body()).at("events");
    REQUIRE(events.size() == 3);
    for (auto& event : events) {
        CHECK(event.at("timestamp").is_number_float());
        event.erase("timestamp");
    }
    const auto expected = [&](const char* type, const char* payload) {
        return R"({"auction_id":")" + id + R"(","event_type":")" + type + R"(","payload":")" +
               payload + R"("})";
    };
    CHECK(events[0].dump() == expected("created", "Laptop"));
    CHECK(events[1].dump() == expected("bid", "alice bid $60.0"));
    CHECK(events[2].dump() == expected("closed", "alice"));
}

TEST_CASE("an auction that ends by itself is listed as ended, unasked") {
    Platform platform;
    platform.send("gateway", "POST", "/api/auctions",
                  R"({"name":"Laptop","starting_bid":50,"duration_seconds":2})");
    platform.scheduler.advance_ms(2'100);
    const auto events =
        Json::parse(platform.send("gateway", "GET", "/api/history?min_index=2")->body())["events"];
    REQUIRE(events.size() == 2);
    CHECK(events[1]["event_type"] == "ended");
    CHECK(events[1]["payload"] == "");
}

TEST_CASE("a retried bid gets its first answer, not beaten by its own price") {
    Platform platform;
    platform.send("gateway", "POST", "/api/auctions", R"({"name":"Laptop","starting_bid":50})");
    const auto list = Json::parse(platform.send("gateway", "GET", "/api/auctions")->body());
    const std::string path = "/api/auctions/" + std::string(list["auctions"][0]["id"]) + "/bid";
    const Headers key = {{"Idempotency-Key", "k1"}};
    const auto body = R"({"bidder":"alice","amount":60})";
    const auto first = platform.send("gateway", "POST", path, body, key);
    CHECK(first->status() == 200);
    platform.send("gateway", "POST", path, R"({"bidder":"bob","amount":70})");
    const auto again = platform.send("gateway", "POST", path, body, key);
    CHECK(again->status() == 200);
    CHECK(again->body() == first->body());
    CHECK(platform.send("gateway", "POST", path, R"({"bidder":"alice","amount":61})", key)
              ->status() == 422);
}

}  // namespace
}  // namespace gavel::gateway
