#include "evaluation/load_generator/load_figures.h"

#include <doctest/doctest.h>

namespace gavel::evaluation {
namespace {

TEST_CASE("An answer is accepted, refused or failed by its status") {
    for (const int status : {200, 201, 202, 204, 304})
        CHECK(outcome_of(status) == Outcome::accepted);
    CHECK(outcome_of(409) == Outcome::refused);
    for (const int status : {301, 400, 404, 422, 429, 500, 503, 504}) {
        CHECK(outcome_of(status) == Outcome::failed);
    }
}

TEST_CASE("Outcomes are told apart, with rates and latencies of their own") {
    LoadFigures figures;
    for (int i = 0; i < 30; ++i) figures.answer(200, 1'000, 0);
    for (int i = 0; i < 10; ++i) figures.answer(409, 3'000, 0);
    figures.answer(503, 9'000, 0);
    figures.failure("connection reset", 0);
    figures.failure("connection reset", 0);
    figures.seconds = 2;
    const auto told = figures.json();
    CHECK(told["accepted"]["count"] == 30);
    CHECK(told["accepted"]["per_second"] == 15);
    CHECK(told["accepted"]["latency"]["max_us"] == 1);
    CHECK(told["refused"]["per_second"] == 5);
    CHECK(told["refused"]["latency"]["max_us"] == 3);
    CHECK(told["failed"]["count"] == 3);
    CHECK(told["answered"]["count"] == 40);
    CHECK(told["statuses"]["503"] == 1);
    CHECK(told["errors"]["connection reset"] == 2);
}

TEST_CASE("The timeline counts outcomes by when the answer came") {
    LoadFigures figures;
    figures.answer(200, 1, 0);
    figures.answer(409, 1, LoadFigures::slice_ns - 1);
    figures.answer(200, 1, 2 * LoadFigures::slice_ns);
    figures.failure("no answer in time", 2 * LoadFigures::slice_ns);
    const auto timeline = figures.json()["timeline"];
    CHECK(timeline == nlohmann::ordered_json({{1, 1, 0}, {0, 0, 0}, {1, 0, 1}}));
}

TEST_CASE("Without a measured time there is no rate") {
    LoadFigures figures;
    figures.answer(200, 1, 0);
    CHECK(figures.json()["accepted"]["per_second"] == 0);
}

}  // namespace
}  // namespace gavel::evaluation
