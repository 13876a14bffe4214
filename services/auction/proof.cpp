#include "services/auction/proof.h"

#include <utility>

#include "services/auction/json_members.h"

namespace gavel::auction {
namespace {

// A piece ends after so many acts, or bytes.
constexpr std::uint32_t piece_acts = 256;
constexpr std::size_t piece_bytes = 64 * 1024;

}  // namespace

bool hides_its_bids(const Auction& auction) {
    return hides_its_bids(auction, auction.status);
}

bool hides_its_bids(const Auction& auction, AuctionStatus status) {
    if (auction.proceedings == nullptr || !auction.proceedings->terms.is_sealed()) return false;
    return !contract::is_over(status);
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

ProofWriter::ProofWriter(const Auction& auction, std::string_view log_id)
    : header_(proof_header(log_id, std::to_string(auction.id), auction.journal.acts,
                           to_hex(bytes_of(auction.journal.head)))),
      acts_(auction.journal.acts),
      disclosure_(auction) {}

void ProofWriter::append_piece(const Auction& auction, std::string& out) {
    if (stage_ == Stage::header) {
        out += header_;
        out += '\n';
        stage_ = Stage::acts;
    }
    for (std::uint32_t i = 0; i < piece_acts && out.size() < piece_bytes && !finished(); ++i) {
        if (stage_ == Stage::acts) {
            append_act(auction, out);
        } else {
            append_openings(auction, out);
        }
        if (place_.n == acts_) finish_stage();
    }
}

void ProofWriter::append_act(const Auction& auction, std::string& out) {
    const Act act = read_act(auction, place_);
    const std::string line = act_line(auction, act, place_.n, before_);
    before_ = sha256_of({line});
    out += line;
    out += '\n';
}

void ProofWriter::append_openings(const Auction& auction, std::string& out) {
    const Act act = read_act(auction, place_);
    for (const auto& secret : secrets_of(auction, act)) {
        if (!disclosure_.opens(act, secret)) continue;
        out += opening_line(place_.n, secret.field, secret.offer,
                            to_hex(bytes_of(salt_of(auction.journal.seed, act.index, secret))),
                            secret.value);
        out += '\n';
    }
}

void ProofWriter::finish_stage() {
    const bool opens = stage_ == Stage::acts && disclosure_.opens_anything();
    stage_ = opens ? Stage::openings : Stage::finished;
    place_ = {};
}

std::string proof_of(const Auction& auction, std::string_view log_id) {
    ProofWriter writer(auction, log_id);
    std::string proof;
    while (!writer.finished()) {
        std::string piece;
        writer.append_piece(auction, piece);
        proof += piece;
    }
    return proof;
}

HeadsWriter heads_of(const AuctionBook& book, std::string_view log_id) {
    std::vector<ChainHead> heads;
    for (const auto& auction : book.auctions()) {
        if (!auction->journal.is_kept() || hides_its_bids(*auction)) continue;
        heads.push_back({auction->id, auction->journal.acts, auction->journal.head});
    }
    return {log_id, book.last_index(), book.time_us(), std::move(heads)};
}

}  // namespace gavel::auction
