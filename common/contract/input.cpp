#include "common/contract/input.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/http/http_error.h"
#include "common/limits.h"

namespace gavel::contract {
namespace {

using nlohmann::json;

const json& field(const json& object, const char* name) {
    static const json absent;
    const auto found = object.find(name);
    return found == object.end() ? absent : *found;
}

std::string read_required_text(const json& object, const char* name, std::size_t max_bytes) {
    const json& value = field(object, name);
    if (value.is_null()) throw bad_request(std::string(name) + " is required");
    if (!value.is_string()) throw bad_request(std::string(name) + " must be text");
    const auto& text = value.get_ref<const std::string&>();
    if (text.empty()) throw bad_request(std::string(name) + " is required");
    if (text.size() > max_bytes) {
        throw bad_request(std::string(name) + " is longer than " + std::to_string(max_bytes) +
                          " bytes");
    }
    return text;
}

Money checked(const MoneyReading& reading, const std::string& name) {
    if (!reading.error) return reading.money;
    switch (*reading.error) {
        case MoneyError::not_positive: throw bad_request(name + " must be positive");
        case MoneyError::too_fine: throw bad_request(name + " has more than four decimals");
        case MoneyError::too_large: break;
    }
    throw bad_request(name + " is too large");
}

MoneyReading read_number(const json& value) {
    if (value.is_number_unsigned()) {
        const auto whole = value.get<std::uint64_t>();
        if (whole > static_cast<std::uint64_t>(limits::max_money_units)) {
            return {{}, MoneyError::too_large};
        }
        return money_from_integer(static_cast<std::int64_t>(whole));
    }
    if (value.is_number_integer()) return money_from_integer(value.get<std::int64_t>());
    return money_from_double(value.get<double>());
}

Money read_amount(const json& object, const char* name) {
    const json& value = field(object, name);
    if (value.is_number()) return checked(read_number(value), name);
    if (!value.is_string()) throw bad_request(std::string(name) + " must be numeric");
    const auto number = parse_python_float(value.get_ref<const std::string&>());
    if (!number) throw bad_request(std::string(name) + " must be numeric");
    return checked(money_from_double(*number), name);
}

std::int64_t checked_duration(std::int64_t seconds) {
    if (seconds < 0) throw bad_request("duration_seconds cannot be negative");
    if (seconds > limits::max_duration_seconds) throw bad_request("duration_seconds is too large");
    return seconds;
}

}  // namespace

std::string read_name(const json& object) {
    return read_required_text(object, "name", limits::max_name_bytes);
}

std::optional<std::string> read_description(const json& object) {
    const auto found = object.find("description");
    if (found == object.end()) return "";
    if (found->is_null()) return std::nullopt;
    if (!found->is_string()) throw bad_request("description must be text");
    const auto& text = found->get_ref<const std::string&>();
    if (text.size() > limits::max_description_bytes) {
        throw bad_request("description is longer than " +
                          std::to_string(limits::max_description_bytes) + " bytes");
    }
    return text;
}

Money read_starting_bid(const json& object) {
    const auto found = object.find("starting_bid");
    if (found == object.end()) throw bad_request("starting_bid must be positive");
    if (!found->is_number()) throw bad_request("starting_bid must be a number");
    return checked(read_number(*found), "starting_bid");
}

std::int64_t read_duration_seconds(const json& object) {
    const json& value = field(object, "duration_seconds");
    if (value.is_null()) return 0;
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        if (text.empty()) return 0;
        const auto seconds = parse_python_int(text);
        if (!seconds) throw bad_request("duration_seconds must be an integer");
        return checked_duration(*seconds);
    }
    if (value.is_number_unsigned()) {
        const auto seconds = value.get<std::uint64_t>();
        if (seconds > static_cast<std::uint64_t>(limits::max_duration_seconds)) {
            throw bad_request("duration_seconds is too large");
        }
        return static_cast<std::int64_t>(seconds);
    }
    if (value.is_number_integer()) return checked_duration(value.get<std::int64_t>());
    if (!value.is_number()) throw bad_request("duration_seconds must be an integer");
    const double seconds = std::trunc(value.get<double>());
    if (seconds < 0) throw bad_request("duration_seconds cannot be negative");
    if (seconds > static_cast<double>(limits::max_duration_seconds)) {
        throw bad_request("duration_seconds is too large");
    }
    return static_cast<std::int64_t>(seconds);
}

std::string read_bidder(const json& object) {
    return read_required_text(object, "bidder", limits::max_bidder_bytes);
}

Money read_amount(const json& object) {
    return read_amount(object, "amount");
}

Money read_money(const json& value, const std::string& name) {
    if (!value.is_number()) throw bad_request(name + " must be a number");
    return checked(read_number(value), name);
}

BidInput read_bid(const json& object) {
    BidInput bid;
    bid.bidder = read_bidder(object);
    bid.is_maximum = !field(object, "max_amount").is_null();
    if (bid.is_maximum && !field(object, "amount").is_null()) {
        throw bad_request("give amount or max_amount, not both");
    }
    bid.amount = read_amount(object, bid.is_maximum ? "max_amount" : "amount");
    return bid;
}

const json& read_bulk_bids(const json& object) {
    const json& bids = field(object, "bids");
    if (!bids.is_array() || bids.empty()) throw bad_request("bids must be a non-empty list");
    if (bids.size() > limits::max_bulk_bids) {
        throw bad_request("bids must be at most " + std::to_string(limits::max_bulk_bids));
    }
    return bids;
}

bool read_lean(const JSONRequest& request) {
    const auto bids = request.query("bids");
    if (bids && *bids != "0" && *bids != "1") throw bad_request("bids must be 0 or 1");
    return bids ? *bids == "0" : request.prefers_minimal();
}

std::optional<std::uint64_t> parse_auction_id(std::string_view text) {
    std::uint64_t id = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc() || rest != end || text.empty()) return std::nullopt;
    if (text.front() == '0' && text.size() > 1) return std::nullopt;  // one spelling an id
    return id;
}

}  // namespace gavel::contract
