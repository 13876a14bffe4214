#include "services/auction/terms_input.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "common/contract/input.h"
#include "common/http/http_error.h"
#include "common/limits.h"
#include "services/auction/rules/limits.h"
#include "services/auction/rules/terms_check.h"

namespace gavel::auction {
namespace {

using nlohmann::json;

// A field that is there, and not null; its name as refusals call it.
struct Field {
    const json& value;
    std::string name;

    bool flag() const {
        if (!value.is_boolean()) throw bad_request(name + " must be true or false");
        return value.get<bool>();
    }
    const std::string& text() const {
        if (!value.is_string()) throw bad_request(name + " must be text");
        return value.get_ref<const std::string&>();
    }
    Money money() const { return contract::read_money(value, name); }
    std::int64_t whole_number() const {
        if (!value.is_number_integer()) throw bad_request(name + " must be a whole number");
        if (value.is_number_unsigned()) {
            const auto number = value.get<std::uint64_t>();
            return number > most ? static_cast<std::int64_t>(most)
                                 : static_cast<std::int64_t>(number);
        }
        return value.get<std::int64_t>();
    }
    // Unix seconds, in microseconds. 0 and what is beyond the limits are left to the rules.
    std::int64_t time_us() const {
        if (!value.is_number()) throw bad_request(name + " must be a time in Unix seconds");
        constexpr double us_a_second = 1e6;
        constexpr double too_late = static_cast<double>(limits::max_opens_at_us) + us_a_second;
        const double wanted_us = std::round(value.get<double>() * us_a_second);
        if (!(wanted_us > 0) || wanted_us >= too_late) {
            throw bad_request(name + " must be a time in Unix seconds, at most " +
                              std::to_string(limits::max_opens_at_us / 1'000'000));
        }
        return static_cast<std::int64_t>(wanted_us);
    }

    // Numbers above are taken for it, and it is too large for every rule.
    static constexpr std::uint64_t most = 1'000'000'000'000;
};

// The fields of an object, which is the request itself or one of its fields.
class Fields {
  public:
    explicit Fields(const json& object) : object_(object) {}
    explicit Fields(const Field& field) : object_(field.value), suffix_(" of " + field.name) {
        if (!object_.is_object()) throw bad_request(field.name + " must be an object");
    }

    std::optional<Field> find(const char* name) const {
        const auto found = object_.find(name);
        if (found == object_.end() || found->is_null()) return std::nullopt;
        return Field{*found, name + suffix_};
    }
    Field at(const char* name) const {
        const auto field = find(name);
        if (!field) throw bad_request(name + suffix_ + " is required");
        return *field;
    }

  private:
    const json& object_;
    std::string suffix_;
};

Increments read_table(const Field& field) {
    Increments increments{Increments::Kind::table, {}};
    if (field.value.empty()) throw bad_request("increments must have a row");
    if (field.value.size() > limits::max_increment_rows) {
        throw bad_request("increments have at most " + std::to_string(limits::max_increment_rows) +
                          " rows");
    }
    for (const auto& item : field.value) {
        const Fields row(Field{item, "a row of increments"});
        const auto below = row.find("below");
        increments.rows.push_back(
            {below ? below->money().units : Increments::no_end, row.at("step").money().units});
    }
    return increments;
}

Increments read_increments(const Field& field) {
    if (field.value.is_number()) return Increments::fixed(field.money());
    if (field.value.is_array()) return read_table(field);
    if (field.value == "ebay") return Increments::ebay();
    if (field.value == "none") return {};
    throw bad_request("increments must be ebay, none, a step, or a list of {below, step}");
}

SoftClose read_soft_close(const Field& field) {
    const Fields fields(field);
    SoftClose soft_close;
    soft_close.window_seconds = fields.at("window_seconds").whole_number();
    soft_close.extension_seconds = fields.at("extension_seconds").whole_number();
    soft_close.max_times = limits::max_soft_close_times;
    if (const auto max_times = fields.find("max_times")) {
        // What does not fit is as wrong as 0 is, which the rules refuse.
        const std::int64_t times = max_times->whole_number();
        const bool fits = times > 0 && times <= limits::max_soft_close_times;
        soft_close.max_times = fits ? static_cast<std::uint32_t>(times) : 0;
    }
    if (const auto hard_end = fields.find("hard_end")) soft_close.hard_end_us = hard_end->time_us();
    return soft_close;
}

DutchFall read_dutch(const Field& field) {
    const Fields fields(field);
    return {fields.at("floor").money(), fields.at("step").money(),
            fields.at("interval_seconds").whole_number()};
}

std::string read_seller(const Field& field) {
    const std::string& seller = field.text();
    if (seller.empty()) throw bad_request("seller must not be empty");
    if (seller.size() > limits::max_bidder_bytes) {
        throw bad_request("seller is longer than " + std::to_string(limits::max_bidder_bytes) +
                          " bytes");
    }
    return seller;
}

Currency read_currency(const Field& field) {
    const auto currency = find_currency(field.text());
    if (!currency) throw bad_request("currency must be a code of ISO 4217, like EUR");
    return *currency;
}

Format read_format(const Field& field) {
    const auto format = find_format(field.text());
    if (!format) {
        throw bad_request("format must be english, sealed_first_price, vickrey or dutch");
    }
    return *format;
}

BuyNowPolicy read_buy_now_policy(const Field& field) {
    const auto policy = find_buy_now_policy(field.text());
    if (!policy) throw bad_request("buy_now_policy must be until_first_bid or always");
    return *policy;
}

}  // namespace

std::optional<AuctionTerms> read_terms(const json& object, Money starting_bid,
                                       std::int64_t duration_seconds) {
    const Fields fields(object);
    AuctionTerms terms;
    if (const auto field = fields.find("format")) terms.format = read_format(*field);
    if (const auto field = fields.find("currency")) terms.currency = read_currency(*field);
    if (const auto field = fields.find("seller")) terms.seller = read_seller(*field);
    if (const auto field = fields.find("increments")) terms.increments = read_increments(*field);
    if (const auto field = fields.find("proxy")) terms.proxy = field->flag();
    if (const auto field = fields.find("reserve")) terms.reserve = field->money();
    if (const auto field = fields.find("buy_now_price")) terms.buy_now_price = field->money();
    if (const auto field = fields.find("buy_now_policy")) {
        terms.buy_now_policy = read_buy_now_policy(*field);
    }
    if (const auto field = fields.find("soft_close")) terms.soft_close = read_soft_close(*field);
    if (const auto field = fields.find("opens_at")) terms.opens_at_us = field->time_us();
    if (const auto field = fields.find("dutch")) terms.dutch = read_dutch(*field);
    if (const auto field = fields.find("retractions")) terms.retractions = field->flag();
    if (terms == AuctionTerms()) return std::nullopt;
    const std::string refusal = refusal_of(terms, starting_bid, duration_seconds);
    if (!refusal.empty()) throw bad_request(refusal);
    return terms;
}

}  // namespace gavel::auction
