#include "services/runner/settings.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/config/fake_environment.h"

namespace gavel {
namespace {

using testing::FakeEnvironment;

TEST_CASE("with nothing set, all services run here with the ports of old") {
    const FakeEnvironment none{};
    const Settings settings = Settings::read(none.environment());
    CHECK(settings.service == Service::all);
    CHECK(settings.bind_address == "127.0.0.1");
    CHECK(settings.gateway_port == 8000);
    CHECK(settings.auction_port == 8001);
    CHECK(settings.bidding_port == 8002);
    CHECK(settings.history_port == 8003);
    CHECK(settings.notifier_port == 8004);
    CHECK(settings.frontend_port == 8080);
    CHECK_FALSE(settings.go_gateway_port);
    CHECK(settings.max_subscribers == 15'000);
    CHECK(settings.auction_log == "sqlite:data/auction.db");
    REQUIRE(settings.auction_urls.size() == 1);
    CHECK(settings.auction_urls[0].authority() == "auction_service:8001");
    CHECK(settings.bidding_url.authority() == "bidding_service:8002");
    CHECK(settings.history_url.authority() == "history_service:8003");
    CHECK(settings.gateway_url.authority() == "gateway:8000");
    CHECK(settings.logging.level == "info");
    CHECK_FALSE(settings.logging.json);
    CHECK(settings.keys.admin.empty());
    CHECK_FALSE(settings.webhook_allow_private);
    CHECK_FALSE(settings.rate_limit);
    CHECK(settings.trusted_proxies.empty());
}

TEST_CASE("a service that runs alone is reached from outside") {
    const std::pair<const char*, Service> rows[] = {
        {"auction_service", Service::auction}, {"bidding_service", Service::bidding},
        {"history_service", Service::history}, {"notifier_service", Service::notifier},
        {"gateway", Service::gateway},         {"frontend", Service::frontend}};
    for (const auto& [name, service] : rows) {
        const FakeEnvironment variables{{"SERVICE", name}};
        const Settings settings = Settings::read(variables.environment());
        CHECK(settings.service == service);
        CHECK(settings.bind_address == "0.0.0.0");
    }
}

TEST_CASE("each variable sets what it names") {
    const FakeEnvironment variables{{"BIND_ADDRESS", "::1"},
                                    {"DATA_DIR", "/var/gavel"},
                                    {"GATEWAY_PORT", "1"},
                                    {"AUCTION_SERVICE_PORT", "2"},
                                    {"BIDDING_SERVICE_PORT", "3"},
                                    {"HISTORY_SERVICE_PORT", "4"},
                                    {"FRONTEND_PORT", "5"},
                                    {"GO_GATEWAY_PORT", "6"},
                                    {"SSE_MAX_SUBSCRIBERS", "20000"},
                                    {"NOTIFIER_SERVICE_PORT", "7"},
                                    {"NOTIFIER_SERVICE_URL", "http://n:15"},
                                    {"AUCTION_SERVICE_URL", "http://a:11"},
                                    {"BIDDING_SERVICE_URL", "http://b:12/"},
                                    {"HISTORY_SERVICE_URL", "http://h:13"},
                                    {"GATEWAY_URL", "http://g:14"},
                                    {"STATIC_DIR", "/srv/www"},
                                    {"ADMIN_TOKEN", "sixteen secrets!"},
                                    {"WEBHOOK_ALLOW_PRIVATE", "1"},
                                    {"RATE_LIMIT_PER_SECOND", "50"},
                                    {"TRUSTED_PROXIES", "10.0.0.0/8,::1"},
                                    {"LOG_LEVEL", "debug"},
                                    {"LOG_FORMAT", "json"}};
    const Settings settings = Settings::read(variables.environment());
    CHECK(settings.bind_address == "::1");
    CHECK(settings.auction_log == "sqlite:/var/gavel/auction.db");
    CHECK(settings.gateway_port == 1);
    CHECK(settings.auction_port == 2);
    CHECK(settings.bidding_port == 3);
    CHECK(settings.history_port == 4);
    CHECK(settings.notifier_port == 7);
    CHECK(settings.notifier_url.authority() == "n:15");
    CHECK(settings.frontend_port == 5);
    CHECK(settings.go_gateway_port == 6);
    CHECK(settings.max_subscribers == 20'000);
    REQUIRE(settings.auction_urls.size() == 1);
    CHECK(settings.auction_urls[0].authority() == "a:11");
    CHECK(settings.bidding_url.authority() == "b:12");
    CHECK(settings.history_url.authority() == "h:13");
    CHECK(settings.gateway_url.authority() == "g:14");
    CHECK(settings.static_dir == "/srv/www");
    CHECK(settings.keys.admin == "sixteen secrets!");
    CHECK(settings.webhook_allow_private);
    REQUIRE(settings.rate_limit);
    CHECK(settings.rate_limit->per_second == 50);
    CHECK(settings.rate_limit->burst == 50);
    CHECK(settings.trusted_proxies.contains("10.1.2.3"));
    CHECK(settings.logging.level == "debug");
    CHECK(settings.logging.json);
}

TEST_CASE("AUCTION_LOG wins over DATA_DIR") {
    const FakeEnvironment variables{{"DATA_DIR", "/var/gavel"}, {"AUCTION_LOG", "memory:"}};
    CHECK(Settings::read(variables.environment()).auction_log == "memory:");
}

TEST_CASE("a bad variable is refused by its name, with its value") {
    const std::pair<const char*, const char*> rows[] = {
        {"SERVICE", "auction"},
        {"SERVICE", "raft"},
        {"GATEWAY_PORT", "0"},
        {"AUCTION_SERVICE_PORT", "65536"},
        {"BIDDING_SERVICE_PORT", "x"},
        {"HISTORY_SERVICE_PORT", "8003 "},
        {"FRONTEND_PORT", "-1"},
        {"GO_GATEWAY_PORT", "7000x"},
        {"AUCTION_SERVICE_URL", "auction:8001"},
        {"AUCTION_SERVICE_URL", "ftp://a"},
        {"BIDDING_SERVICE_URL", "https://b:1"},
        {"HISTORY_SERVICE_URL", "http://h:1/x"},
        {"GATEWAY_URL", "http://"},
        {"AUCTION_LOG", "sqlite:"},
        {"AUCTION_LOG", "postgres://x"},
        {"AUCTION_LOG", "memory:x"},
        {"AUCTION_LOG", "/var/auction.db"},
        {"LOG_FORMAT", "xml"},
        {"SSE_MAX_SUBSCRIBERS", "0"},
        {"SSE_MAX_SUBSCRIBERS", "-1"},
        {"WEBHOOK_ALLOW_PRIVATE", "yes"},
        {"RATE_LIMIT_PER_SECOND", "0"},
        {"RATE_LIMIT_PER_SECOND", "1.5"},
        {"TRUSTED_PROXIES", "proxy.example"},
    };
    for (const auto& row : rows) {
        const char* const name = row.first;
        const char* const value = row.second;
        INFO(name << "=" << value);
        const FakeEnvironment variables{{name, value}};
        try {
            Settings::read(variables.environment());
            FAIL("it cannot be used");
        } catch (const ConfigError& error) {
            const std::string reason = error.what();
            CHECK(reason.find(name) != std::string::npos);
            CHECK(reason.find(value) != std::string::npos);
        }
    }
}

TEST_CASE("the auction service may be several nodes, with commas between their URLs") {
    const FakeEnvironment variables{
        {"AUCTION_SERVICE_URL", "http://n1:9001,http://n2:9001/, http://n1:9002 "}};
    const auto urls = Settings::read(variables.environment()).auction_urls;
    REQUIRE(urls.size() == 3);
    CHECK(urls[0].authority() == "n1:9001");
    CHECK(urls[1].authority() == "n2:9001");
    CHECK(urls[2].authority() == "n1:9002");
}

TEST_CASE("in a list of nodes the one that is wrong is shown") {
    const std::pair<const char*, const char*> rows[] = {
        {"http://n1:9001,n2:9001,http://n3:9001", "\"n2:9001\" is no URL"},
        {"http://n1:9001,http://n2:x", "\"http://n2:x\" is no URL"},
        {"http://n1:9001,", "\"\" is no URL"},
        {",http://n1:9001", "\"\" is no URL"},
        {"http://n1:9001,,http://n2:9001", "\"\" is no URL"},
        {"http://n1:9001;http://n2:9001", "\"http://n1:9001;http://n2:9001\" is no URL"},
        {"http://n1:9001,http://n2:9001,http://n1:9001/", "\"http://n1:9001/\" stands there twice"},
    };
    for (const auto& row : rows) {
        const char* const part = row.second;
        INFO(row.first);
        const FakeEnvironment variables{{"AUCTION_SERVICE_URL", row.first}};
        try {
            Settings::read(variables.environment());
            FAIL("it cannot be used");
        } catch (const ConfigError& error) {
            const std::string reason = error.what();
            CHECK(reason.find("AUCTION_SERVICE_URL") == 0);
            CHECK(reason.find(part) != std::string::npos);
        }
    }
}

TEST_CASE("several nodes belong to the auction service alone") {
    const FakeEnvironment variables{{"BIDDING_SERVICE_URL", "http://b1:1,http://b2:1"}};
    CHECK_THROWS_AS(Settings::read(variables.environment()), ConfigError);
}

TEST_CASE("a secret that could be guessed is refused by its name, and never shown") {
    for (const char* name : {"BIDDER_TOKEN_KEY", "ADMIN_TOKEN"}) {
        CAPTURE(name);
        const FakeEnvironment guessable{{name, "fifteen letters"}};
        try {
            Settings::read(guessable.environment());
            FAIL("it was not refused");
        } catch (const ConfigError& error) {
            const std::string said = error.what();
            CHECK(said.starts_with(name));
            CHECK(said.find("fifteen letters") == std::string::npos);
        }
        const FakeEnvironment good{{name, "sixteen letters!"}};
        const Settings settings = Settings::read(good.environment());
        CHECK((settings.keys.bidders == "sixteen letters!") ==
              (std::string(name) == "BIDDER_TOKEN_KEY"));
        CHECK((settings.keys.admin == "sixteen letters!") == (std::string(name) == "ADMIN_TOKEN"));
    }
}

TEST_CASE("a log level that does not exist is refused by the variable's name") {
    try {
        configure_logging({"loud", false});
        FAIL("there is no such level");
    } catch (const std::invalid_argument& error) {
        const std::string reason = error.what();
        CHECK(reason.find("LOG_LEVEL") != std::string::npos);
        CHECK(reason.find("loud") != std::string::npos);
    }
}

}  // namespace
}  // namespace gavel
