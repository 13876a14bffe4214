#include "services/auction/wire_terms.h"

#include "common/limits.h"
#include "services/auction/wire_money.h"

namespace gavel::auction {
namespace {

void write_optional(ByteWriter& out, const std::optional<Money>& money) {
    out.u8(money ? 1 : 0);
    if (money) write_money(out, *money);
}

std::optional<Money> read_optional(ByteReader& in) {
    if (!in.flag()) return std::nullopt;
    return read_money(in);
}

// One of an enumeration whose last value is `last`.
template <class Enumeration>
Enumeration read_enumeration(ByteReader& in, Enumeration last) {
    const auto value = in.u8();
    if (value > static_cast<std::uint8_t>(last)) {
        throw MalformedBytes("a rule of an auction has an unknown value");
    }
    return static_cast<Enumeration>(value);
}

std::int64_t read_positive(ByteReader& in) {
    const std::int64_t value = in.i64();
    if (value <= 0) throw MalformedBytes("a rule of an auction has a number that is not positive");
    return value;
}

// Few enough of them that they can be counted in microseconds.
std::int64_t read_seconds(ByteReader& in) {
    const std::int64_t value = read_positive(in);
    if (value > limits::max_duration_seconds) {
        throw MalformedBytes("a rule of an auction lasts too long");
    }
    return value;
}

void write_increments(ByteWriter& out, const Increments& increments) {
    out.u8(static_cast<std::uint8_t>(increments.kind));
    out.u32(static_cast<std::uint32_t>(increments.rows.size()));
    for (const auto& row : increments.rows) {
        out.i64(row.below_units);
        out.i64(row.step_units);
    }
}

Increments read_increments(ByteReader& in) {
    constexpr std::size_t row_bytes = 8 + 8;
    Increments increments;
    increments.kind = read_enumeration(in, Increments::Kind::table);
    increments.rows.resize(in.count(row_bytes));
    for (auto& row : increments.rows) {
        row.below_units = read_positive(in);
        row.step_units = read_positive(in);
    }
    const bool has_rows = !increments.rows.empty();
    if (has_rows != (increments.kind != Increments::Kind::none)) {
        throw MalformedBytes("increments have rows where none can be, or none");
    }
    return increments;
}

}  // namespace

void write_terms(ByteWriter& out, const AuctionTerms& terms) {
    out.u8(static_cast<std::uint8_t>(terms.format));
    out.u8(terms.currency ? 1 : 0);
    if (terms.currency) {
        // With its decimals: the list of currencies changes, what was agreed on does not.
        out.text(terms.currency->code);
        out.u8(static_cast<std::uint8_t>(terms.currency->minor_digits));
    }
    out.text(terms.seller);
    write_increments(out, terms.increments);
    out.u8(terms.proxy ? 1 : 0);
    write_optional(out, terms.reserve);
    write_optional(out, terms.buy_now_price);
    out.u8(static_cast<std::uint8_t>(terms.buy_now_policy));
    out.u8(terms.soft_close ? 1 : 0);
    if (terms.soft_close) {
        out.i64(terms.soft_close->window_seconds);
        out.i64(terms.soft_close->extension_seconds);
        out.u32(terms.soft_close->max_times);
        out.i64(terms.soft_close->hard_end_us);
    }
    out.i64(terms.opens_at_us);
    out.u8(terms.dutch ? 1 : 0);
    if (terms.dutch) {
        write_money(out, terms.dutch->floor);
        write_money(out, terms.dutch->step);
        out.i64(terms.dutch->interval_seconds);
    }
    out.u8(terms.retractions ? 1 : 0);
}

AuctionTerms read_terms(ByteReader& in) {
    constexpr int most_minor_digits = 4;
    AuctionTerms terms;
    terms.format = read_enumeration(in, Format::dutch);
    if (in.flag()) {
        terms.currency.emplace();
        terms.currency->code = in.text();
        terms.currency->minor_digits = in.u8();
        if (terms.currency->minor_digits > most_minor_digits) {
            throw MalformedBytes("a currency has too many decimals");
        }
    }
    terms.seller = in.text();
    terms.increments = read_increments(in);
    terms.proxy = in.flag();
    terms.reserve = read_optional(in);
    terms.buy_now_price = read_optional(in);
    terms.buy_now_policy = read_enumeration(in, BuyNowPolicy::always);
    if (in.flag()) {
        terms.soft_close.emplace();
        terms.soft_close->window_seconds = read_seconds(in);
        terms.soft_close->extension_seconds = read_seconds(in);
        terms.soft_close->max_times = in.u32();
        terms.soft_close->hard_end_us = in.i64();
        if (terms.soft_close->hard_end_us < 0) throw MalformedBytes("a time is out of range");
    }
    terms.opens_at_us = in.i64();
    if (in.flag()) {
        terms.dutch.emplace();
        terms.dutch->floor = read_money(in);
        terms.dutch->step = read_money(in);
        terms.dutch->interval_seconds = read_seconds(in);
    }
    terms.retractions = in.flag();
    if ((terms.format == Format::dutch) != terms.dutch.has_value()) {
        throw MalformedBytes("an auction has a falling price where none can be, or none");
    }
    if (terms == AuctionTerms()) throw MalformedBytes("an auction has rules that are all off");
    return terms;
}

}  // namespace gavel::auction
