#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/command.h"
#include "services/auction/outcome.h"

namespace gavel::auction {

// The first outcome of every request of a session whose answer is still waited for: a window of
// serials, where IdempotencyTable keeps each key for a day (Ongaro's thesis, section 6.3). A
// session begins with its first command. Part of the book: the same log gives the same table.
// Not thread-safe.
class SessionTable {
  public:
    // The outcome that a serial first had; in place of it `key_reused` when it came with another
    // request, `session_expired` when it is below the window. Nothing when it is new.
    std::optional<Outcome> find(const SessionKey& key) const;

    // Moves the session's window to `key.low` and says whether one more outcome has room: at most
    // limits::max_session_outcomes a session, in limits::max_sessions. When there are as many,
    // those whose last command is limits::session_keep_us old make way for a new one.
    // REQUIRES: find(key) has nothing.
    bool make_room(const SessionKey& key, std::int64_t now_us);
    // REQUIRES: make_room(key, now_us).
    void remember(const SessionKey& key, const Outcome& outcome);

    std::size_t size() const { return sessions_.size(); }

    void write(ByteWriter& out) const;
    static SessionTable read(ByteReader& in);

  private:
    struct Entry {
        std::uint64_t fingerprint = 0;
        Outcome outcome;
    };
    struct Session {
        std::uint64_t low = 0;
        std::int64_t last_us = 0;                // book time of its last command
        std::map<std::uint64_t, Entry> entries;  // by serial, each at or above `low`
    };

    std::map<std::uint64_t, Session> sessions_;
};

}  // namespace gavel::auction
