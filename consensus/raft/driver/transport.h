#pragma once

#include "consensus/raft/message.h"

namespace gavel::raft {

// Carries messages to other servers as well as it can: they may be lost, doubled or late, which
// the core is made for. Loop thread only.
class Transport {
  public:
    virtual ~Transport() = default;

    // Takes a message for `message.to`.
    virtual void send(Message message) = 0;
    // What was given so far may leave: messages to one server that were sent between two flushes
    // can travel together.
    virtual void flush() = 0;
};

}  // namespace gavel::raft
