#include "services/auction/rules/currency.h"

#include <doctest/doctest.h>

namespace gavel::auction {
namespace {

TEST_CASE("a currency has the decimals that ISO 4217 gives it") {
    struct Row {
        const char* code;
        int minor_digits;
        std::int64_t smallest_units;
    };
    const Row rows[] = {{"JPY", 0, 10'000}, {"XOF", 0, 10'000}, {"EUR", 2, 100}, {"USD", 2, 100},
                        {"AED", 2, 100},    {"ZWG", 2, 100},    {"BHD", 3, 10},  {"TND", 3, 10},
                        {"CLF", 4, 1},      {"UYW", 4, 1}};
    for (const auto& row : rows) {
        CAPTURE(row.code);
        const auto currency = find_currency(row.code);
        REQUIRE(currency);
        CHECK(currency->code == row.code);
        CHECK(currency->minor_digits == row.minor_digits);
        CHECK(currency->smallest_units() == row.smallest_units);
    }
}

TEST_CASE("what is no code of a currency with a minor unit is refused") {
    // The last ones stand across two codes of the list, or name gold and nothing at all.
    for (const char* code : {"", "E", "EU", "EURO", "eur", "Eur", "EU1", " EU", "D A", "AED AFN",
                             "DAF", "XAU", "XDR", "XTS", "XXX", "ABC"}) {
        CAPTURE(code);
        CHECK_FALSE(find_currency(code));
    }
}

TEST_CASE("an amount finer than the minor unit cannot be paid") {
    struct Row {
        const char* code;
        std::int64_t units;
        bool can_pay;
    };
    const Row rows[] = {{"JPY", 10'000, true}, {"JPY", 10'001, false}, {"JPY", 5'000, false},
                        {"EUR", 100, true},    {"EUR", 150, false},    {"EUR", 123'400, true},
                        {"BHD", 10, true},     {"BHD", 15, false},     {"CLF", 1, true}};
    for (const auto& row : rows) {
        CAPTURE(row.code);
        CAPTURE(row.units);
        CHECK(find_currency(row.code)->can_pay({row.units}) == row.can_pay);
    }
}

}  // namespace
}  // namespace gavel::auction
