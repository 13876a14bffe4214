#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gavel::auction {

// What a check of a proof has come to. Pure; knows no log and no server.
struct ProofVerdict {
    // What is wrong, the first of it first, with its place. None: the proof holds.
    struct Fault {
        std::uint64_t n = 0;      // which act of the auction; 0: the file as a whole
        std::uint64_t index = 0;  // of the log; 0: not known
        std::string what;         // a sentence
    };
    std::vector<Fault> faults;
    // What holds, and what could not be checked: sentences.
    std::vector<std::string> notes;
    std::string auction_id;
    std::string head;  // the hash of the last act

    bool holds() const { return faults.empty(); }
};

// Checks what proof_of() gives: that every act fits the one before it, that what is opened is what
// was committed to, and that the rules make of the acts, replayed from the first one, what each of
// them says: who led at which price, when the auction was to end, who has won. What stays secret is
// assumed to be as high as possible, and must be consistent with that: no price shows it.
//
// `heads`: what heads_of() gave earlier or later, or the heads of a day, whose hash was published;
// the proof must go through what they say of the auction.
ProofVerdict check_proof(std::string_view proof,
                         const std::optional<std::string_view>& heads = std::nullopt);

}  // namespace gavel::auction
