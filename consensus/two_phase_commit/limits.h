#pragma once

#include <cstddef>
#include <cstdint>

// The limits of two-phase commit, and what happens when one is reached.
namespace gavel::two_phase::limits {

// The decision table.
inline constexpr std::size_t max_unfinished = 10'000;  // the next one is refused: 503
// Finished transactions are remembered for that time, but no more than so many, the newest. A
// request or message that is older than what was forgotten is refused by its time stamp.
inline constexpr std::int64_t keep_finished_us = 24LL * 3600 * 1'000'000;
inline constexpr std::size_t max_finished = 100'000;

// A coordinator.
inline constexpr std::size_t max_waiting_clients = 10'000;   // 503
inline constexpr std::size_t max_waiting_commands = 20'000;  // the store answers that it cannot
inline constexpr std::size_t max_listed = 100;               // a page

// A participant.
inline constexpr std::size_t max_open = 10'000;  // voted for and not decided: votes to abort, 503
inline constexpr std::size_t max_waiting_calls = 20'000;  // of coordinators: 503

// Texts. What is longer is refused where it comes in.
inline constexpr std::size_t max_name_bytes = 64;
inline constexpr std::size_t max_id_bytes = 128;
inline constexpr std::size_t max_label_bytes = 200;  // cut
inline constexpr std::size_t max_lock_bytes = 128;
inline constexpr std::size_t max_payload_bytes = 64 * 1024;
inline constexpr std::size_t max_facts_bytes = 16 * 1024;   // of one participant
inline constexpr std::size_t max_reason_bytes = 1'024;      // cut
inline constexpr std::size_t max_answer_bytes = 16 * 1024;  // dropped: the reason is the answer
inline constexpr std::size_t max_participants = 16;

}  // namespace gavel::two_phase::limits
