#include "services/auction/acts.h"

#include <algorithm>
#include <cassert>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/house_rules.h"
#include "services/auction/json_members.h"
#include "services/auction/public_rules.h"
#include "services/auction/rules/buy_now.h"
#include "services/auction/rules/limits.h"

namespace gavel::auction {
namespace {

std::string json_of(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string json_of(Money amount) {
    std::string out;
    append_json_money(out, amount);
    return out;
}

constexpr std::size_t usual_line_bytes = 512;

// ---- Secrets -----------------------------------------------------------------------------------

// Whether more than the list of bids shows could be read from the amount.
bool hides_amount(const AuctionTerms& terms, const PlaceBids::Offer& offer) {
    return offer.is_maximum || terms.is_sealed() || terms.format == Format::dutch ||
           bid_buys_now(terms, offer.amount);
}

void add_secrets(std::vector<Secret>& secrets, const Auction& auction,
                 const PlaceBids::Offer& offer, std::size_t number) {
    const AuctionTerms& terms = auction.proceedings->terms;
    if (terms.is_sealed()) {
        secrets.push_back({"bidder", number, json_of(offer.bidder)});
    }
    if (hides_amount(terms, offer)) {
        secrets.push_back(
            {offer.is_maximum ? maximum_field : amount_field, number, json_of(offer.amount)});
    }
}

// ---- Lines -------------------------------------------------------------------------------------

// Writes what an act's line says of its command.
class ActionMembers {
  public:
    ActionMembers(const Auction& auction, const Act& act, JSONMembers& members)
        : auction_(auction), members_(members), index_(act.index) {
        if (auction.proceedings != nullptr) secrets_ = secrets_of(auction, act);
    }

    void created() {
        members_.text("act", "create");
        members_.text("auction_id", std::to_string(auction_.id));
        members_.text("name", auction_.name);
        if (auction_.description) {
            members_.text("description", *auction_.description);
        } else {
            members_.begin("description") += "null";
        }
        members_.money("starting_bid", auction_.starting_bid);
        members_.number("duration_seconds", auction_.duration_seconds);
        if (auction_.proceedings == nullptr) return;
        members_.members(public_terms(auction_));
        if (const Secret* reserve = find("reserve", 0)) commit(members_, *reserve);
    }
    void operator()(const PlaceBid& bid) {
        members_.text("act", "bid");
        offer(members_, {bid.bidder, bid.amount, bid.is_maximum}, 0);
    }
    void operator()(const PlaceBids& bids) {
        members_.text("act", "bids");
        std::string& out = members_.begin("offers");
        out += '[';
        for (std::size_t i = 0; i < bids.offers.size(); ++i) {
            out += i == 0 ? "{" : ",{";
            JSONMembers members(out);
            offer(members, bids.offers[i], i);
            out += '}';
        }
        out += ']';
    }
    void operator()(const BuyNow& purchase) {
        members_.text("act", "buy_now");
        members_.text("bidder", purchase.bidder);
    }
    void operator()(const RetractBids& retraction) {
        members_.text("act", "retract");
        members_.text("bidder", retraction.bidder);
    }
    void operator()(const CancelAuction&) { members_.text("act", "cancel"); }
    void operator()(const CloseAuction&) { members_.text("act", "close"); }
    void operator()(const ExpireAuction&) { members_.text("act", "expire"); }
    template <class Other>
    void operator()(const Other&) {
        assert(false);  // no act
    }

  private:
    const Secret* find(std::string_view field, std::size_t offer) const {
        const auto found = std::find_if(secrets_.begin(), secrets_.end(), [&](const Secret& s) {
            return s.field == field && s.offer == offer;
        });
        return found == secrets_.end() ? nullptr : &*found;
    }
    void commit(JSONMembers& members, const Secret& secret) const {
        std::string& out = members.begin(secret.field);
        out += '{';
        const Salt salt = salt_of(auction_.journal.seed, index_, secret);
        JSONMembers(out).hex("commitment", bytes_of(commitment_to(secret.value, bytes_of(salt))));
        out += '}';
    }
    void offer(JSONMembers& members, const PlaceBids::Offer& offer, std::size_t number) const {
        if (const Secret* bidder = find("bidder", number)) {
            commit(members, *bidder);
        } else {
            members.text("bidder", offer.bidder);
        }
        const std::string_view field = offer.is_maximum ? maximum_field : amount_field;
        if (const Secret* amount = find(field, number)) {
            commit(members, *amount);
        } else {
            members.money(field, offer.amount);
        }
    }

    const Auction& auction_;
    JSONMembers& members_;
    std::uint64_t index_;
    std::vector<Secret> secrets_;
};

// What the act has made of the auction, as far as everybody may see it.
void add_consequences(JSONMembers& members, const Auction& auction, const Act& act) {
    const Lead lead = public_lead(auction, act.bid_count);
    if (contract::is_over(act.status)) {
        members.text("status", name_of(act.status));
        if (auction.proceedings != nullptr) {
            const AuctionResult result = result_of(auction);
            members.text("outcome", to_string(result.kind));
            if (result.kind != AuctionResult::Kind::sold) return;
            members.text("winner", result.winner);
            members.money("price", result.price);
        } else if (act.status != AuctionStatus::cancelled) {
            members.text("winner", lead.bidder);
            members.money("price", lead.price);
        }
        return;
    }
    if (auction.proceedings == nullptr || !act.action) return;
    const AuctionTerms& terms = auction.proceedings->terms;
    if (terms.format != Format::english) return;
    members.text("leader", lead.bidder);
    members.money("price", lead.price);
    if (terms.soft_close) {
        members.number("closing_time_us", auction.proceedings->closing_time_after(act.bid_count));
    }
}

// ---- Records -----------------------------------------------------------------------------------

void append_record(std::string& records, const Act& act) {
    ByteWriter out(std::move(records));
    out.u64(act.index);
    out.i64(act.time_us);
    out.u32(act.bid_count);
    out.u8(static_cast<std::uint8_t>(act.status));
    // The version is fixed: equal books are to have equal bytes, whichever version made them.
    out.text(act.action ? encode(*act.action, Command::rules_with_receipts) : "");
    records = out.take();
}

Act read_act(ByteReader& in, const Auction& auction) {
    constexpr std::int64_t latest_us = limits::max_opens_at_us;  // that a platform can have
    Act act;
    act.index = in.u64();
    act.time_us = in.i64();
    act.bid_count = in.u32();
    const auto status = in.u8();
    if (act.time_us < 0 || act.time_us > latest_us || act.bid_count > auction.bids.size() ||
        status > static_cast<std::uint8_t>(AuctionStatus::cancelled)) {
        throw MalformedBytes("an act does not fit its auction");
    }
    act.status = static_cast<AuctionStatus>(status);
    const auto record = in.text_view();
    if (!record.empty()) act.action = decode(record).action;
    return act;
}

}  // namespace

std::optional<Action> action_of(const Command& command, const Outcome& outcome, bool told) {
    const bool accepted = outcome.code == OutcomeCode::accepted;
    if (std::holds_alternative<PlaceBid>(command.action)) {
        return accepted ? std::optional(command.action) : std::nullopt;
    }
    if (const auto* bids = std::get_if<PlaceBids>(&command.action)) {
        PlaceBids taken{bids->auction_id, {}};
        for (std::size_t i = 0; i < outcome.bids.size(); ++i) {
            if (outcome.bids[i].code != OutcomeCode::accepted) continue;
            taken.offers.push_back(bids->offers[i]);
        }
        if (taken.offers.empty()) return std::nullopt;
        return taken;
    }
    if (!told) return std::nullopt;
    // A transaction that closes one; the auction may have ended by itself with another command.
    if (std::holds_alternative<CommitTransaction>(command.action)) {
        return CloseAuction{outcome.auction_id};
    }
    const bool comes_by_itself = std::holds_alternative<ExpireAuction>(command.action) ||
                                 std::holds_alternative<AbortTransaction>(command.action) ||
                                 std::holds_alternative<PrepareTransaction>(command.action);
    if (comes_by_itself) return ExpireAuction{outcome.auction_id};
    return accepted ? std::optional(command.action) : std::nullopt;
}

std::string act_line(const Auction& auction, const Act& act, std::uint32_t n,
                     const Digest& before) {
    std::string line = "{";
    line.reserve(usual_line_bytes);
    JSONMembers members(line);
    members.number("n", n);
    members.hex("before", bytes_of(before));
    members.number("index", static_cast<std::int64_t>(act.index));
    members.number("time_us", act.time_us);
    ActionMembers action(auction, act, members);
    if (act.action) {
        std::visit(action, *act.action);
    } else {
        action.created();
    }
    add_consequences(members, auction, act);
    line += '}';
    return line;
}

Receipt write_act(Auction& auction, const Act& act) {
    Journal& journal = auction.journal;
    const std::string line = act_line(auction, act, ++journal.acts, journal.head);
    journal.head = sha256_of({line});
    journal.last_index = act.index;
    journal.last_us = act.time_us;
    const Receipt receipt{act.index, act.time_us, journal.head};
    append_record(journal.records.next_record(), act);
    return receipt;
}

Act read_act(const Auction& auction, JournalPlace& place) {
    const AppendText& records = auction.journal.records;
    const AppendText::Place begin = records.advance(place.at, 0);
    const std::string_view rest = records.rest(begin);
    ByteReader in(rest);
    Act act = read_act(in, auction);
    ++place.n;
    place.at = records.advance(begin, rest.size() - in.bytes_left());
    return act;
}

void check_journal(Auction& auction) {
    Journal& journal = auction.journal;
    JournalPlace place;
    while (place.n < journal.acts) {
        const Act act = read_act(auction, place);
        journal.last_index = act.index;
        journal.last_us = act.time_us;
    }
    if (place.at != journal.records.end()) throw MalformedBytes("bytes are left over");
}

std::vector<Secret> secrets_of(const Auction& auction, const Act& act) {
    std::vector<Secret> secrets;
    const AuctionTerms& terms = auction.proceedings->terms;
    if (!act.action) {
        if (terms.reserve) {
            secrets.push_back({"reserve", 0, json_of(*terms.reserve)});
        }
    } else if (const auto* bid = std::get_if<PlaceBid>(&*act.action)) {
        add_secrets(secrets, auction, {bid->bidder, bid->amount, bid->is_maximum}, 0);
    } else if (const auto* bids = std::get_if<PlaceBids>(&*act.action)) {
        for (std::size_t i = 0; i < bids->offers.size(); ++i) {
            add_secrets(secrets, auction, bids->offers[i], i);
        }
    }
    return secrets;
}

Salt salt_of(std::string_view seed, std::uint64_t index, const Secret& secret) {
    const std::string number = std::to_string(index);
    const std::string offer = std::to_string(secret.offer);
    const Digest digest = sha256_of({seed, number, "/", offer, "/", secret.field});
    Salt salt;
    std::copy_n(digest.begin(), salt.size(), salt.begin());
    return salt;
}

Digest commitment_to(std::string_view value, std::string_view salt) {
    return sha256_of({salt, value});
}

}  // namespace gavel::auction
