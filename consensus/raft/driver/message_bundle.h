#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "consensus/raft/message.h"

namespace gavel::raft {

// Several messages in one HTTP body: each with its length before it, in the codec's binary form.
class MessageBundle {
  public:
    // False, and nothing is added, when the bundle would pass `max_bytes`; the first message is
    // always taken.
    bool add(const Message& message, std::size_t max_bytes);
    bool empty() const { return bytes_.empty(); }
    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

// Throws MalformedRecord when any of it is not what a bundle holds: all or none is taken.
std::vector<Message> read_bundle(std::string_view bytes);

}  // namespace gavel::raft
