#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/money/money.h"
#include "services/auction/rules/currency.h"
#include "services/auction/rules/dutch_price.h"
#include "services/auction/rules/increments.h"
#include "services/auction/rules/soft_close.h"

namespace gavel::auction {

enum class Format : std::uint8_t {
    english,             // open bids, the price rises
    sealed_first_price,  // hidden bids; the highest one wins and pays what it says
    vickrey,             // hidden bids; the highest one wins and pays what the second one says
    dutch,               // the price falls; the first to accept wins
};

// How long an auction can be bought at its buy_now_price.
enum class BuyNowPolicy : std::uint8_t {
    until_first_bid,  // eBay
    always,           // Yahoo: until the price has reached it
};

// What an auction may have beyond a name, a starting bid and a duration: the optional fields of a
// create. Each is off at first, and an auction with all of them off follows the old contract.
// Some are secret for good: see each field.
struct AuctionTerms {
    Format format = Format::english;
    std::optional<Currency> currency;
    std::string seller;  // who cannot bid; "": nobody is named
    Increments increments;
    bool proxy = false;            // takes maximum bids
    std::optional<Money> reserve;  // secret until the end; whether it is met is not
    std::optional<Money> buy_now_price;
    BuyNowPolicy buy_now_policy = BuyNowPolicy::until_first_bid;
    std::optional<SoftClose> soft_close;
    std::int64_t opens_at_us = 0;  // Unix time; 0: at once
    std::optional<DutchFall> dutch;
    bool retractions = false;  // bids can be taken back
    bool operator==(const AuctionTerms&) const = default;

    bool is_sealed() const {
        return format == Format::sealed_first_price || format == Format::vickrey;
    }
    // The smallest difference between two prices.
    std::int64_t smallest_units() const { return currency ? currency->smallest_units() : 1; }
};

// As requests and answers name it: "english", "sealed_first_price", "vickrey", "dutch".
const char* to_string(Format format);
std::optional<Format> find_format(std::string_view name);

// Likewise: "until_first_bid", "always".
const char* to_string(BuyNowPolicy policy);
std::optional<BuyNowPolicy> find_buy_now_policy(std::string_view name);

}  // namespace gavel::auction
