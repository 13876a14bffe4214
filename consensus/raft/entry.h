#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "consensus/raft/types.h"

namespace gavel::raft {

// An entry's bytes, shared: the log, the disk and the messages to every follower hold the same
// ones. Never changed after they were made.
class Payload {
  public:
    Payload() = default;
    explicit Payload(std::string bytes)
        : bytes_(bytes.empty() ? nullptr : std::make_shared<const std::string>(std::move(bytes))) {}

    std::string_view view() const { return bytes_ ? std::string_view(*bytes_) : ""; }
    std::size_t size() const { return bytes_ ? bytes_->size() : 0; }

    friend bool operator==(const Payload& a, const Payload& b) {
        return a.bytes_ == b.bytes_ || a.view() == b.view();
    }

  private:
    std::shared_ptr<const std::string> bytes_;
};

enum class EntryKind : std::uint8_t {
    command,     // for the state machine
    no_op,       // a leader's first of its term (thesis 6.4, step 1; paper 8)
    membership,  // a whole Membership, in force from the moment it is in a log (thesis 4.1)
};

// One entry of the replicated log (paper 5.3).
struct Entry {
    Index index = 0;
    Term term = 0;
    EntryKind kind = EntryKind::command;
    Payload payload;

    LogPosition position() const { return {index, term}; }
    // What an entry counts for in every limit on bytes.
    std::size_t cost_bytes() const { return payload.size() + 32; }

    friend bool operator==(const Entry&, const Entry&) = default;
};

}  // namespace gavel::raft
