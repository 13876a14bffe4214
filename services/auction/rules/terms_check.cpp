#include "services/auction/rules/terms_check.h"

#include <optional>
#include <utility>
#include <vector>

#include "common/limits.h"
#include "services/auction/rules/limits.h"

namespace gavel::auction {
namespace {

// The check of one rule: "" when it holds.
std::string check_increments(const AuctionTerms& terms) {
    const auto& rows = terms.increments.rows;
    if (rows.size() > limits::max_increment_rows) {
        return "increments have at most " + std::to_string(limits::max_increment_rows) + " rows";
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool last = i + 1 == rows.size();
        if (last != (rows[i].below_units == Increments::no_end)) {
            return "each row of increments but the last needs below";
        }
        if (i == 0) continue;
        if (rows[i].below_units <= rows[i - 1].below_units) {
            return "increments must be in rising order of below";
        }
        if (rows[i].step_units < rows[i - 1].step_units) {
            return "the steps of increments must not fall as the price rises";
        }
    }
    return "";
}

std::string check_reserve(const AuctionTerms& terms, Money starting_bid) {
    if (terms.reserve && *terms.reserve <= starting_bid) {
        return "reserve must be above starting_bid";
    }
    return "";
}

std::string check_buy_now(const AuctionTerms& terms, Money starting_bid) {
    if (!terms.buy_now_price) {
        return terms.buy_now_policy == BuyNowPolicy::until_first_bid
                   ? ""
                   : "buy_now_policy needs a buy_now_price";
    }
    if (*terms.buy_now_price <= starting_bid) return "buy_now_price must be above starting_bid";
    if (terms.reserve && *terms.buy_now_price < *terms.reserve) {
        return "buy_now_price must not be below the reserve";
    }
    return "";
}

std::string check_soft_close(const AuctionTerms& terms, std::int64_t duration_seconds) {
    if (!terms.soft_close) return "";
    if (duration_seconds == 0) return "soft_close needs a duration_seconds to prolong";
    const auto within = [](std::int64_t seconds) {
        return seconds >= 1 && seconds <= limits::max_soft_close_seconds;
    };
    if (!within(terms.soft_close->window_seconds) || !within(terms.soft_close->extension_seconds)) {
        return "window_seconds and extension_seconds of soft_close must be from 1 to " +
               std::to_string(limits::max_soft_close_seconds);
    }
    if (terms.soft_close->max_times < 1 ||
        terms.soft_close->max_times > limits::max_soft_close_times) {
        return "max_times of soft_close must be from 1 to " +
               std::to_string(limits::max_soft_close_times);
    }
    return "";
}

std::string check_proxy(const AuctionTerms& terms) {
    const bool has_smallest_step =
        terms.currency || terms.increments.kind != Increments::Kind::none;
    if (terms.proxy && !has_smallest_step) {
        return "proxy needs increments or a currency: a maximum is bid in such steps";
    }
    return "";
}

std::string check_dutch(const AuctionTerms& terms, Money starting_bid) {
    if (!terms.dutch) return "format dutch needs dutch: floor, step and interval_seconds";
    if (terms.dutch->floor >= starting_bid) return "floor of dutch must be below starting_bid";
    if (terms.dutch->interval_seconds < 1 ||
        terms.dutch->interval_seconds > limits::max_duration_seconds) {
        return "interval_seconds of dutch must be from 1 to " +
               std::to_string(limits::max_duration_seconds);
    }
    return "";
}

// The rules that only an auction with rising, open bids can have, and whether these terms do.
std::vector<std::pair<const char*, bool>> english_rules(const AuctionTerms& terms) {
    return {{"increments", terms.increments.kind != Increments::Kind::none},
            {"proxy", terms.proxy},
            {"buy_now_price", terms.buy_now_price.has_value()},
            {"soft_close", terms.soft_close.has_value()},
            {"retractions", terms.retractions}};
}

std::string check_format(const AuctionTerms& terms, Money starting_bid) {
    if (terms.format != Format::dutch && terms.dutch) {
        return "dutch makes no sense without format dutch: leave it out";
    }
    if (terms.format == Format::english) return "";
    const std::string format = to_string(terms.format);
    for (const auto& [name, is_set] : english_rules(terms)) {
        if (!is_set) continue;
        const char* const why = terms.is_sealed() ? "its bids are hidden until the end"
                                                  : "the first to accept its price wins";
        return std::string(name) + " makes no sense with format " + format + ", where " + why +
               ": leave it out";
    }
    if (terms.format != Format::dutch) return "";
    if (terms.reserve) {
        return "reserve makes no sense with format dutch, which has a floor: leave it out";
    }
    return check_dutch(terms, starting_bid);
}

std::string finer_than_currency(const Currency& currency, const std::string& what) {
    const std::string digits = std::to_string(currency.minor_digits);
    return what + " is finer than " + currency.code + " has: " + digits +
           (currency.minor_digits == 1 ? " decimal" : " decimals");
}

std::string check_currency(const AuctionTerms& terms, Money starting_bid) {
    if (!terms.currency) return "";
    std::vector<std::pair<const char*, std::optional<Money>>> amounts = {
        {"starting_bid", starting_bid},
        {"reserve", terms.reserve},
        {"buy_now_price", terms.buy_now_price}};
    if (terms.dutch) {
        amounts.emplace_back("floor of dutch", terms.dutch->floor);
        amounts.emplace_back("step of dutch", terms.dutch->step);
    }
    for (const auto& [name, amount] : amounts) {
        if (amount && !terms.currency->can_pay(*amount)) {
            return finer_than_currency(*terms.currency, name);
        }
    }
    for (const auto& row : terms.increments.rows) {
        const bool bounded = row.below_units != Increments::no_end;
        if (!terms.currency->can_pay({row.step_units}) ||
            (bounded && !terms.currency->can_pay({row.below_units}))) {
            return terms.increments.kind == Increments::Kind::ebay
                       ? "increments ebay has steps of cents, which " + terms.currency->code +
                             " has not: give a step or a table"
                       : finer_than_currency(*terms.currency, "a row of increments");
        }
    }
    return "";
}

std::string check_opening(const AuctionTerms& terms) {
    if (terms.opens_at_us < 0 || terms.opens_at_us > limits::max_opens_at_us) {
        return "opens_at must be a time in Unix seconds, at most " +
               std::to_string(limits::max_opens_at_us / 1'000'000);
    }
    return "";
}

}  // namespace

std::string refusal_of(const AuctionTerms& terms, Money starting_bid,
                       std::int64_t duration_seconds) {
    // The format first: it says which of the others make sense at all.
    for (auto& refusal :
         {check_format(terms, starting_bid), check_increments(terms), check_proxy(terms),
          check_reserve(terms, starting_bid), check_buy_now(terms, starting_bid),
          check_soft_close(terms, duration_seconds), check_opening(terms),
          check_currency(terms, starting_bid)}) {
        if (!refusal.empty()) return refusal;
    }
    return "";
}

std::string amount_refusal(const AuctionTerms& terms, Money amount, const std::string& name) {
    if (!terms.currency || terms.currency->can_pay(amount)) return "";
    return finer_than_currency(*terms.currency, name);
}

}  // namespace gavel::auction
