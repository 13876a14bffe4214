#include "common/config/environment.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/config/fake_environment.h"

namespace gavel {
namespace {

using testing::FakeEnvironment;

TEST_CASE("an empty variable counts as unset") {
    const FakeEnvironment variables{{"SET", "x"}, {"EMPTY", ""}};
    const Environment environment = variables.environment();
    CHECK(environment.find("SET") == "x");
    CHECK_FALSE(environment.find("EMPTY"));
    CHECK_FALSE(environment.find("NONE"));
    CHECK(environment.text("SET", "other") == "x");
    CHECK(environment.text("EMPTY", "other") == "other");
}

TEST_CASE("a port is a whole number from 1 to 65535") {
    for (const std::string good : {"1", "80", "65535"}) {
        const FakeEnvironment variables{{"PORT", good}};
        CHECK(std::to_string(variables.environment().port("PORT", 7)) == good);
    }
    CHECK(FakeEnvironment{}.environment().port("PORT", 7) == 7);
    CHECK_FALSE(FakeEnvironment{}.environment().find_port("PORT"));
    for (const std::string bad : {"0", "65536", "-1", "+80", "80 ", " 80", "0x50", "http", "8.0"}) {
        const FakeEnvironment variables{{"SOME_PORT", bad}};
        try {
            variables.environment().port("SOME_PORT", 7);
            FAIL("it is no port: " << bad);
        } catch (const ConfigError& error) {
            const std::string reason = error.what();
            CHECK(reason.find("SOME_PORT") != std::string::npos);
            CHECK(reason.find('"' + bad + '"') != std::string::npos);
            CHECK(reason.find("1 to 65535") != std::string::npos);
        }
    }
}

}  // namespace
}  // namespace gavel
