#include "services/auction/rules/auction_terms.h"

namespace gavel::auction {

const char* to_string(Format format) {
    switch (format) {
        case Format::english: return "english";
        case Format::sealed_first_price: return "sealed_first_price";
        case Format::vickrey: return "vickrey";
        case Format::dutch: break;
    }
    return "dutch";
}

std::optional<Format> find_format(std::string_view name) {
    for (const auto format :
         {Format::english, Format::sealed_first_price, Format::vickrey, Format::dutch}) {
        if (name == to_string(format)) return format;
    }
    return std::nullopt;
}

const char* to_string(BuyNowPolicy policy) {
    return policy == BuyNowPolicy::always ? "always" : "until_first_bid";
}

std::optional<BuyNowPolicy> find_buy_now_policy(std::string_view name) {
    for (const auto policy : {BuyNowPolicy::until_first_bid, BuyNowPolicy::always}) {
        if (name == to_string(policy)) return policy;
    }
    return std::nullopt;
}

}  // namespace gavel::auction
