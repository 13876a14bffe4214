#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/auction/auction.h"
#include "services/auction/command.h"
#include "services/auction/outcome.h"
#include "services/auction/receipt.h"
#include "services/auction/rules/limits.h"

// The public chain of an auction. Each accepted command is an act of one auction, and an act has a
// line of JSON:
//
//     {"n":2,"before":HASH,"index":12,"time_us":…,"act":"bid","bidder":"ann","amount":60.0,…}
//
// `n` counts the auction's acts from 1, `index` is the log's, `before` is the SHA-256 of the line
// before it, of its bytes without the line feed (64 zeros at first). So the hash of a line, which
// its receipt has, stands for the auction's whole past, and a line that is altered, dropped or
// moved no longer fits the next one. Every auction has a chain of its own, so nobody needs to see
// another auction to check one; the heads of all of them at one moment are published (proof.h).
//
// What is secret in an act stands in its line as {"commitment": SHA-256(salt + value)}: the value
// as it would stand there in JSON, behind a salt, the first 16 bytes of SHA-256(seed +
// "INDEX/OFFER/FIELD"). The seed comes with the create command and never leaves the log; whoever is
// shown one salt learns nothing of another. So the chain can be shown at any time, and a secret be
// opened, or not, later.
namespace gavel::auction {

// One act: what was asked, as far as it was done, and how many bids and which status the auction
// had after it.
struct Act {
    std::uint64_t index = 0;
    std::int64_t time_us = 0;  // book time
    std::uint32_t bid_count = 0;
    AuctionStatus status = AuctionStatus::open;
    // Nothing: the auction was created. An end that came by itself is an ExpireAuction.
    std::optional<Action> action = std::nullopt;
};

// What a command that is no create has done to the auction that its outcome is about, of which it
// has `told` something or not. Nothing when it left it as it was.
std::optional<Action> action_of(const Command& command, const Outcome& outcome, bool told);

// The act's line. `before` is the hash of the one before it.
std::string act_line(const Auction& auction, const Act& act, std::uint32_t n, const Digest& before);

// Writes the act into the auction's journal; the receipt that it has.
Receipt write_act(Auction& auction, const Act& act);

// A place in a journal, where the act after the nth begins. Journals are only appended to, so it
// stays right whatever is done to the auction.
struct JournalPlace {
    std::uint32_t n = 0;
    AppendText::Place at;
};
// The act at that place, which becomes that of the next one. Throws MalformedBytes when the journal
// is damaged. REQUIRES: place.n < journal.acts.
Act read_act(const Auction& auction, JournalPlace& place);

// Reads all acts of a journal that was read itself, and sets what it says of the last one. Throws
// MalformedBytes when it is damaged.
void check_journal(Auction& auction);

inline constexpr std::string_view amount_field = "amount";
inline constexpr std::string_view maximum_field = "max_amount";

// A value that an act has only committed to.
struct Secret {
    std::string_view field;
    std::size_t offer = 0;  // of several bids at once, which one; else 0
    std::string value;      // JSON
};
// The secrets of an act of an auction that has rules of its own.
std::vector<Secret> secrets_of(const Auction& auction, const Act& act);
using Salt = std::array<std::uint8_t, limits::salt_bytes>;
Salt salt_of(std::string_view seed, std::uint64_t index, const Secret& secret);
Digest commitment_to(std::string_view value, std::string_view salt);

}  // namespace gavel::auction
