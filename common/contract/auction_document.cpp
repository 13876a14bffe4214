#include "common/contract/auction_document.h"

#include <cassert>

#include "common/json/json_text.h"

namespace gavel::contract {
namespace {

constexpr std::string_view bid_head = R"({"bidder":)";
constexpr std::size_t tail_bytes = 256;  // more than what stands between head and bids

}  // namespace

AuctionDocument::AuctionDocument(std::uint64_t id, const std::string& name,
                                 const std::optional<std::string>& description, Money starting_bid,
                                 std::int64_t duration_seconds, std::int64_t closing_time_us)
    : id_(id),
      name_(name),
      description_(description),
      starting_bid_(starting_bid),
      duration_seconds_(duration_seconds),
      closing_time_us_(closing_time_us) {
    head_ = R"({"id":")" + std::to_string(id) + R"(","name":)";
    append_json_string(head_, name);
    head_ += R"(,"description":)";
    if (description) {
        append_json_string(head_, *description);
    } else {
        head_ += "null";
    }
    head_ += R"(,"starting_bid":)";
    append_json_money(head_, starting_bid);
}

void AuctionDocument::add_bid(const std::string& bidder, Money amount, std::int64_t time_us) {
    finish_bid(begin_bid(bidder, amount, time_us));
}

AuctionDocument::BidMark AuctionDocument::begin_bid(const std::string& bidder, Money amount,
                                                    std::int64_t time_us) {
    std::string& text = bids_text_.next_record();
    if (!bids_.empty()) text += ',';
    BidMark mark;
    mark.amount = amount;
    mark.start = bids_text_.end();
    text += bid_head;
    append_json_string(text, bidder);
    mark.bidder_bytes =
        static_cast<std::uint32_t>(text.size() - mark.start.offset - bid_head.size());
    text += R"(,"amount":)";
    append_json_money(text, amount);
    text += R"(,"timestamp":)";
    append_json_seconds(text, time_us);
    return mark;
}

void AuctionDocument::finish_bid(BidMark mark) {
    bids_text_.same_record() += '}';
    mark.end = bids_text_.end();
    bids_.push_back(mark);
}

void AuctionDocument::add_rules(const std::string& terms, const std::string& moment) {
    rules_ = std::make_unique<Rules>();
    rules_->terms = terms;
    rules_->add(moment, closing_time_us_);
}

void AuctionDocument::add_ruled_bid(const std::string& bidder, Money amount, std::int64_t time_us,
                                    const RuledBid& ruled) {
    assert(has_rules());
    const BidMark mark = begin_bid(bidder, amount, time_us);
    std::string& text = bids_text_.same_record();
    if (ruled.automatic) text += R"(,"automatic":true)";
    if (!ruled.retracted_by.empty()) {
        text += R"(,"retracted_by":)";
        append_json_string(text, ruled.retracted_by);
    }
    finish_bid(mark);
    rules_->add(ruled.moment, ruled.closing_time_us);
}

void AuctionDocument::Rules::add(const std::string& moment, std::int64_t closing_time_us) {
    std::string& text = moments.next_record();
    const AppendText::Place start = moments.end();
    text += moment;
    after.push_back({closing_time_us, start, moments.end()});
}

std::string_view AuctionDocument::Rules::moment(std::uint32_t bid_count) const {
    return moments.between(after[bid_count].start, after[bid_count].end);
}

std::int64_t AuctionDocument::closing_time_us(std::uint32_t bid_count) const {
    return rules_ == nullptr ? closing_time_us_ : rules_->after[bid_count].closing_time_us;
}

void AuctionDocument::append_rules(std::string& out, Version version) const {
    out += R"(,"state":")";
    out += state_of(version.status);
    out += "\",";
    out += rules_->terms;
    const std::string_view now = is_over(version.status) ? std::string_view(rules_->result)
                                                         : rules_->moment(version.bid_count);
    if (now.empty()) return;
    out += ',';
    out += now;
}

Money AuctionDocument::price(std::uint32_t bid_count) const {
    assert(bid_count <= bids_.size());
    return bid_count == 0 ? starting_bid_ : bids_[bid_count - 1].amount;
}

std::string_view AuctionDocument::highest_bidder_json(std::uint32_t bid_count) const {
    assert(bid_count <= bids_.size());
    if (bid_count == 0) return "\"\"";
    const BidMark& mark = bids_[bid_count - 1];
    return bids_text_.rest(mark.start).substr(bid_head.size(), mark.bidder_bytes);
}

void AuctionDocument::append_json(std::string& out, Version version, bool lean) const {
    out.reserve(out.size() + size_bytes(version, lean));
    out += head_;
    out += R"(,"current_bid":)";
    append_json_money(out, price(version.bid_count));
    out += R"(,"highest_bidder":)";
    out += highest_bidder_json(version.bid_count);
    out += R"(,"duration_seconds":)";
    out += std::to_string(duration_seconds_);
    out += R"(,"status":")";
    out += to_string(version.status);
    out += R"(","status_reason":")";
    out += reason_of(version.status);
    out += R"(","closing_time":)";
    append_json_seconds(out, closing_time_us(version.bid_count));
    if (rules_ != nullptr) append_rules(out, version);
    if (lean) {
        out += R"(,"bid_count":)";
        out += std::to_string(version.bid_count);
    } else {
        out += R"(,"bids":[)";
        if (version.bid_count > 0) bids_text_.append_to(out, bids_[version.bid_count - 1].end);
        out += ']';
    }
    out += '}';
}

std::size_t AuctionDocument::size_bytes(Version version, bool lean) const {
    std::size_t bytes = head_.size() + tail_bytes + highest_bidder_json(version.bid_count).size();
    if (rules_ != nullptr) {
        bytes +=
            rules_->terms.size() + rules_->result.size() + rules_->moment(version.bid_count).size();
    }
    if (!lean && version.bid_count > 0) {
        bytes += bids_text_.size_before(bids_[version.bid_count - 1].end);
    }
    return bytes;
}

}  // namespace gavel::contract
