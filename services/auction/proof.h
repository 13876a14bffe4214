#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "services/auction/acts.h"
#include "services/auction/auction_book.h"
#include "services/auction/disclosure.h"
#include "services/auction/heads.h"

// What is published for others to check (proof_check.h, PROOFS.md): JSON Lines, told by the book
// alone, so every node tells the same.
namespace gavel::auction {

// Everything that was done to an auction, as the lines of its chain, and the secrets that may be
// opened by now, written piece by piece: what is done to the auction meanwhile is not in it.
// Nothing secret goes in before the auction is over.
class ProofWriter {
  public:
    // REQUIRES: its journal is kept, and it is no auction with hidden bids that are still hidden.
    ProofWriter(const Auction& auction, std::string_view log_id);

    bool finished() const { return stage_ == Stage::finished; }
    // Appends what comes next. `auction` is the same one, which may have gone on.
    void append_piece(const Auction& auction, std::string& out);

  private:
    enum class Stage : std::uint8_t { header, acts, openings, finished };

    void append_act(const Auction& auction, std::string& out);
    void append_openings(const Auction& auction, std::string& out);
    void finish_stage();

    Stage stage_ = Stage::header;
    std::string header_;
    std::uint32_t acts_;
    Disclosure disclosure_;
    JournalPlace place_;
    Digest before_{};
};

// The whole of it.
std::string proof_of(const Auction& auction, std::string_view log_id);

// Its lines that are no acts, without line feeds. Each has one form, so that a changed byte shows.
std::string proof_header(std::string_view log_id, std::string_view auction_id, std::uint64_t acts,
                         std::string_view head);
// `value` is JSON.
std::string opening_line(std::uint64_t n, std::string_view field, std::uint64_t offer,
                         std::string_view salt_hex, std::string_view value);

// Whether nobody may be told yet who has bid, nor how often.
bool hides_its_bids(const Auction& auction);
// The same when it had that status.
bool hides_its_bids(const Auction& auction, AuctionStatus status);

// The head of each auction's chain at the last index: the hash of this text, published, stands for
// all of them up to there. An auction whose bids are hidden comes in once it is over.
HeadsWriter heads_of(const AuctionBook& book, std::string_view log_id);

}  // namespace gavel::auction
