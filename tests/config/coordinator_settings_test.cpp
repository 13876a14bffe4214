#include "services/runner/coordinator_settings.h"

#include <doctest/doctest.h>

#include "tests/config/fake_environment.h"

namespace gavel {
namespace {

using testing::FakeEnvironment;

CoordinatorSettings read(const std::string& participants) {
    const FakeEnvironment variables{{"PARTICIPANTS", participants}};
    return CoordinatorSettings::read(variables.environment());
}

TEST_CASE("with nothing set, a coordinator knows the services by their usual names and ports") {
    const FakeEnvironment none{};
    const auto settings = CoordinatorSettings::read(none.environment());
    CHECK(settings.name == "coordinator");
    CHECK(settings.port == 9100);
    CHECK(settings.vote_time_ms == 2'000);
    REQUIRE(settings.participants.size() == 4);
    CHECK(settings.participants[0].name == "auction_service");
    CHECK(settings.participants[3].urls.at(0).authority() == "notifier_service:8004");
}

TEST_CASE("a participant may be the nodes of a cluster") {
    const auto settings = read("auction_service=http://a:1|http://b:2,history_service=http://c:3");
    REQUIRE(settings.participants.size() == 2);
    REQUIRE(settings.participants[0].urls.size() == 2);
    CHECK(settings.participants[0].urls[1].authority() == "b:2");
}

TEST_CASE("a list of participants that cannot be is refused, in one line that says why") {
    const std::pair<const char*, const char*> rows[] = {
        {"auction_service", "has no ="},
        {"=http://a:1", "a name has"},
        {"a=", "a has no URL"},
        {"a=nowhere", "nowhere"},
        {",", "has no ="},
        {"a=http://a:1,a=http://b:1", "a stands there twice"},
        {"a=http://a:1,b=http://a:1", "a:1 stands there twice"},
        {"a=http://a:1|http://a:1", "a:1 stands there twice"},
        {"a=http://a:1,coordinator=http://b:1", "the coordinator itself is no participant"},
        {"two_phase_coordinator=http://b:1", "the coordinator itself is no participant"},
        {"a=http://localhost:9100", "is the coordinator itself"},
        {"a=http://127.0.0.1:9100", "is the coordinator itself"},
    };
    for (const auto& [listed, why] : rows) {
        const std::string text = listed;  // clang 14 captures no structured binding
        CAPTURE(text);
        std::string told;
        try {
            read(text);
        } catch (const ConfigError& error) {
            told = error.what();
        }
        CHECK(told.find("PARTICIPANTS") == 0);
        CHECK(told.find(why) != std::string::npos);
        CHECK(told.find('\n') == std::string::npos);
    }
}

TEST_CASE("a time limit for votes is from 50 ms to a minute") {
    for (const char* bad : {"0", "49", "60001", "2s", "-1"}) {
        const FakeEnvironment variables{{"TWO_PHASE_TIMEOUT_MS", bad}};
        CHECK_THROWS_AS(CoordinatorSettings::read(variables.environment()), ConfigError);
    }
    const FakeEnvironment variables{{"TWO_PHASE_TIMEOUT_MS", "50"}, {"COORDINATOR_NAME", "two"}};
    CHECK(CoordinatorSettings::read(variables.environment()).vote_time_ms == 50);
    CHECK(CoordinatorSettings::read(variables.environment()).name == "two");
}

}  // namespace
}  // namespace gavel
