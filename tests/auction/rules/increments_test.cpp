#include "services/auction/rules/increments.h"

#include <doctest/doctest.h>

#include "tests/auction/rules/amounts.h"

namespace gavel::auction {
namespace {

TEST_CASE("eBay's increments go by the current price") {
    struct Row {
        double price;
        double step;
    };
    const Row rows[] = {{0.01, 0.05},   {0.99, 0.05}, {1, 0.25},      {4.99, 0.25}, {5, 0.50},
                        {24.99, 0.50},  {25, 1},      {99.99, 1},     {100, 2.50},  {249.99, 2.50},
                        {250, 5},       {499.99, 5},  {500, 10},      {999.99, 10}, {1'000, 25},
                        {2'499.99, 25}, {2'500, 50},  {4'999.99, 50}, {5'000, 100}, {1e11, 100}};
    const Increments ebay = Increments::ebay();
    for (const auto& row : rows) {
        CAPTURE(row.price);
        CHECK(ebay.step_units_at(amount_of(row.price)) == amount_of(row.step).units);
    }
}

TEST_CASE("a fixed step is the same at every price, and no increments are no step") {
    for (const double price : {0.01, 1.0, 1e11}) {
        CHECK(Increments::fixed(amount_of(2.5)).step_units_at(amount_of(price)) == 25'000);
        CHECK(Increments().step_units_at(amount_of(price)) == 0);
    }
}

}  // namespace
}  // namespace gavel::auction
