#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "services/auction/command.h"
#include "services/auction/event_feed.h"
#include "services/auction/live_book.h"
#include "services/auction/outcome.h"

namespace gavel::auction {

// Why a command did not come to an outcome.
enum class Refusal : std::uint8_t {
    none,
    overloaded,  // too many commands wait; not appended
    log_full,    // no room on disk; not appended
    frozen,      // its auction waits for a decision, for too long; nothing was done
    log_failed,  // it may or may not be in the log; the process is about to end
    no_leader,   // nobody leads the log's cluster now; not appended
    lost,        // leadership passed on: it may or may not be in the log
    changed,     // the auction is not what the command was meant for; not appended
};

// What a command can be tied to: its auction has not changed since that entry of the log.
struct Unchanged {
    AuctionId auction_id = 0;
    std::uint64_t since = 0;
};

// Tells what became of a command. `outcome` is null when it was refused.
using Done = std::function<void(Refusal, const Outcome* outcome)>;

// What the HTTP side serves: the book, what it tells, and the one way to change it. Behind it is a
// log on this machine (AuctionHouse) or one that several machines share. Loop thread only.
class AuctionEngine {
  public:
    virtual ~AuctionEngine() = default;

    // Gives the command its place and time in the log, makes it durable, applies it, and calls
    // `done`, exactly once.
    virtual void submit(Command command, Done done) = 0;
    // The same, if the condition holds at that place in the log; else Refusal::changed. Decided
    // before the log has it, when all before it is applied: so nothing in between can slip in.
    virtual void submit_if(Unchanged condition, Command command, Done done) = 0;

    // The loop that it runs on.
    virtual Scheduler& scheduler() = 0;
    virtual const LiveBook& live() const = 0;
    virtual EventFeed& feed() = 0;
    // Names the log among all logs.
    virtual const std::string& log_id() const = 0;
    // Why it cannot serve now, for /readyz; "" when it can.
    virtual std::string not_ready_because() const { return {}; }
};

}  // namespace gavel::auction
