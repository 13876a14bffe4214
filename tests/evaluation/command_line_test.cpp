#include "evaluation/client/command_line.h"

#include <doctest/doctest.h>

namespace gavel::evaluation {
namespace {

struct Parsed {
    bool lean = false;
    std::string name;
    std::vector<std::string> targets;
    std::uint64_t count = 7;
    double share = 0.5;
    std::string url;
};

Parsed parse(std::vector<const char*> words) {
    Parsed parsed;
    CommandLine line;
    line.flag("--lean", parsed.lean);
    line.text("--name", parsed.name);
    line.texts("--get", parsed.targets);
    line.number("--count", 1, 100, parsed.count);
    line.number("--share", 0.0, 1.0, parsed.share);
    words.insert(words.begin(), "program");
    parsed.url = line.parse(static_cast<int>(words.size()), words.data());
    return parsed;
}

TEST_CASE("Options stand in any order around the URL") {
    const Parsed parsed = parse({"--lean", "--get", "/a", "http://h:1", "--count", "100", "--get",
                                 "/b", "--share", "0.25", "--name", "x y"});
    CHECK(parsed.lean);
    CHECK(parsed.targets == std::vector<std::string>{"/a", "/b"});
    CHECK(parsed.count == 100);
    CHECK(parsed.share == 0.25);
    CHECK(parsed.name == "x y");
    CHECK(parsed.url == "http://h:1");
}

TEST_CASE("What is not given keeps its default") {
    const Parsed parsed = parse({"http://h:1"});
    CHECK_FALSE(parsed.lean);
    CHECK(parsed.count == 7);
}

TEST_CASE("What cannot be is an error in words") {
    const std::vector<const char*> rows[] = {
        {},
        {"--lean"},
        {"http://h:1", "http://h:2"},
        {"http://h:1", "--unknown"},
        {"http://h:1", "--count"},
        {"http://h:1", "--count", "0"},
        {"http://h:1", "--count", "101"},
        {"http://h:1", "--count", "-1"},
        {"http://h:1", "--count", "1.5"},
        {"http://h:1", "--count", ""},
        {"http://h:1", "--share", "1.01"},
        {"http://h:1", "--share", "nan"},
        {"http://h:1", "--share", "half"},
    };
    for (const auto& words : rows) CHECK_THROWS_AS(parse(words), CommandLine::Error);
}

}  // namespace
}  // namespace gavel::evaluation
