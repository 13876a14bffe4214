#include "services/auction/wire_proceedings.h"

#include "services/auction/wire_money.h"
#include "services/auction/wire_terms.h"

namespace gavel::auction {
namespace {

void write_offer(ByteWriter& out, const Offer& offer) {
    out.text(offer.bidder);
    write_money(out, offer.amount);
    out.u8(offer.is_maximum ? 1 : 0);
    out.i64(offer.time_us);
}

// A time that can be reckoned with: nothing overflows.
std::int64_t read_time(ByteReader& in) {
    const std::int64_t time_us = in.i64();
    if (time_us < 0 || time_us > INT64_MAX / 2) throw MalformedBytes("a time is out of range");
    return time_us;
}

Offer read_offer(ByteReader& in) {
    Offer offer;
    offer.bidder = in.text();
    offer.amount = read_money(in);
    offer.is_maximum = in.flag();
    offer.time_us = read_time(in);
    return offer;
}

// The number of an entry of the list of bids, above the one before.
std::uint32_t read_bid_number(ByteReader& in, std::size_t bid_count, std::int64_t before) {
    const std::uint32_t number = in.u32();
    if (number >= bid_count || number <= before) {
        throw MalformedBytes("an auction's proceedings are about bids that it does not have");
    }
    return number;
}

void read_remarks(ByteReader& in, Proceedings& proceedings, std::size_t bid_count) {
    constexpr std::size_t smallest_remark_bytes = 4 + 1 + 4;
    std::int64_t before = -1;
    proceedings.remarks.resize(in.count(smallest_remark_bytes));
    for (auto& remark : proceedings.remarks) {
        remark.bid_number = read_bid_number(in, bid_count, before);
        remark.automatic = in.flag();
        remark.retracted_by = in.text();
        before = remark.bid_number;
    }
}

void read_extensions(ByteReader& in, Proceedings& proceedings, std::size_t bid_count) {
    constexpr std::size_t extension_bytes = 4 + 8;
    std::int64_t before = -1;
    proceedings.extensions.resize(in.count(extension_bytes));
    for (auto& extension : proceedings.extensions) {
        extension.bid_number = read_bid_number(in, bid_count, before);
        extension.closing_time_us = read_time(in);
        before = extension.bid_number;
    }
}

void read_sealed(ByteReader& in, Proceedings& proceedings) {
    constexpr std::size_t smallest_bid_bytes = 4 + 9 + 8;
    proceedings.sealed.resize(in.count(smallest_bid_bytes));
    for (std::size_t i = 0; i < proceedings.sealed.size(); ++i) {
        SealedBid& bid = proceedings.sealed[i];
        bid.bidder = in.text();
        bid.amount = read_money(in);
        bid.time_us = read_time(in);
        if (!proceedings.sealed_of.emplace(bid.bidder, i).second) {
            throw MalformedBytes("a bidder has two hidden bids");
        }
    }
}

}  // namespace

void write_proceedings(ByteWriter& out, const Proceedings& proceedings) {
    write_terms(out, proceedings.terms);
    out.i64(proceedings.opened_us);
    out.i64(proceedings.first_end_us);
    out.u32(static_cast<std::uint32_t>(proceedings.remarks.size()));
    for (const auto& remark : proceedings.remarks) {
        out.u32(remark.bid_number);
        out.u8(remark.automatic ? 1 : 0);
        out.text(remark.retracted_by);
    }
    out.u32(static_cast<std::uint32_t>(proceedings.extensions.size()));
    for (const auto& extension : proceedings.extensions) {
        out.u32(extension.bid_number);
        out.i64(extension.closing_time_us);
    }
    const bool has_maximum = proceedings.maximum.units != 0;
    out.u8(has_maximum ? 1 : 0);
    if (has_maximum) write_money(out, proceedings.maximum);
    out.u32(static_cast<std::uint32_t>(proceedings.offers.size()));
    for (const auto& offer : proceedings.offers) write_offer(out, offer);
    out.u32(static_cast<std::uint32_t>(proceedings.sealed.size()));
    for (const auto& bid : proceedings.sealed) {
        out.text(bid.bidder);
        write_money(out, bid.amount);
        out.i64(bid.time_us);
    }
}

Proceedings read_proceedings(ByteReader& in, std::size_t bid_count) {
    constexpr std::size_t smallest_offer_bytes = 4 + 9 + 1 + 8;
    Proceedings proceedings;
    proceedings.terms = read_terms(in);
    proceedings.opened_us = read_time(in);
    proceedings.first_end_us = read_time(in);
    read_remarks(in, proceedings, bid_count);
    read_extensions(in, proceedings, bid_count);
    if (in.flag()) proceedings.maximum = read_money(in);
    proceedings.offers.resize(in.count(smallest_offer_bytes));
    for (auto& offer : proceedings.offers) offer = read_offer(in);
    read_sealed(in, proceedings);
    return proceedings;
}

}  // namespace gavel::auction
