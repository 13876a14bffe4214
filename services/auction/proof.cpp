#include "services/auction/proof.h"

#include "services/auction/acts.h"
#include "services/auction/json_members.h"

namespace gavel::auction {
namespace {

void append_openings(std::string& out, Sha256& sha256, const Auction& auction, const Act& act,
                     std::uint32_t n) {
    if (auction.proceedings == nullptr) return;
    for (const auto& secret : secrets_of(auction, act)) {
        if (!secret.is_open) continue;
        out +=
            opening_line(n, secret.field, secret.offer,
                         to_hex(bytes_of(salt_of(sha256, auction.journal.seed, act.index, secret))),
                         secret.value);
        out += '\n';
    }
}

void append_head(std::string& out, const Auction& auction) {
    out += '{';
    JSONMembers members(out);
    members.text("auction_id", std::to_string(auction.id));
    members.number("acts", auction.journal.acts);
    members.hex("head", bytes_of(auction.journal.head));
    out += "}\n";
}

}  // namespace

bool hides_its_bids(const Auction& auction) {
    if (auction.proceedings == nullptr || !auction.proceedings->terms.is_sealed()) return false;
    return !contract::is_over(auction.status);
}

std::string proof_header(std::string_view log_id, std::string_view auction_id, std::uint64_t acts,
                         std::string_view head) {
    std::string out = "{";
    JSONMembers members(out);
    members.text("gavel", "proof");
    members.number("version", 1);
    members.text("log_id", log_id);
    members.text("auction_id", auction_id);
    members.number("acts", static_cast<std::int64_t>(acts));
    members.text("head", head);
    return out + '}';
}

std::string opening_line(std::uint64_t n, std::string_view field, std::uint64_t offer,
                         std::string_view salt_hex, std::string_view value) {
    std::string out = "{";
    JSONMembers members(out);
    members.number("opens", static_cast<std::int64_t>(n));
    members.text("field", field);
    members.number("offer", static_cast<std::int64_t>(offer));
    members.text("salt", salt_hex);
    members.begin("value") += value;
    return out + '}';
}

std::string proof_of(const Auction& auction, std::string_view log_id) {
    std::string out = proof_header(log_id, std::to_string(auction.id), auction.journal.acts,
                                   to_hex(bytes_of(auction.journal.head)));
    out += '\n';
    std::string openings;
    Sha256 sha256;
    Digest before{};
    std::uint32_t n = 0;
    visit_acts(auction, [&](const Act& act) {
        const std::string line = act_line(sha256, auction, act, ++n, before);
        before = sha256.of({line});
        out += line;
        out += '\n';
        append_openings(openings, sha256, auction, act, n);
    });
    return out + openings;
}

std::string heads_of(const AuctionBook& book, std::string_view log_id) {
    std::string heads;
    std::int64_t count = 0;
    for (const auto& auction : book.auctions()) {
        if (!auction->journal.is_kept() || hides_its_bids(*auction)) continue;
        append_head(heads, *auction);
        ++count;
    }
    std::string out = "{";
    JSONMembers members(out);
    members.text("gavel", "heads");
    members.number("version", 1);
    members.text("log_id", log_id);
    members.number("index", static_cast<std::int64_t>(book.last_index()));
    members.number("time_us", book.time_us());
    members.number("auctions", count);
    return out + "}\n" + heads;
}

}  // namespace gavel::auction
