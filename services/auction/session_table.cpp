#include "services/auction/session_table.h"

#include <algorithm>

#include "common/limits.h"
#include "services/auction/wire_outcome.h"

namespace gavel::auction {

std::optional<Outcome> SessionTable::find(const SessionKey& key) const {
    const auto session = sessions_.find(key.session);
    if (session == sessions_.end()) return std::nullopt;
    Outcome refused;
    if (key.serial < session->second.low) {
        refused.code = OutcomeCode::session_expired;
        return refused;
    }
    const auto entry = session->second.entries.find(key.serial);
    if (entry == session->second.entries.end()) return std::nullopt;
    if (entry->second.fingerprint == key.fingerprint) return entry->second.outcome;
    refused.index = entry->second.outcome.index;
    refused.code = OutcomeCode::key_reused;
    return refused;
}

bool SessionTable::make_room(const SessionKey& key, std::int64_t now_us) {
    auto found = sessions_.find(key.session);
    if (found == sessions_.end()) {
        if (sessions_.size() >= limits::max_sessions) {
            std::erase_if(sessions_, [now_us](const auto& session) {
                return session.second.last_us + limits::session_keep_us <= now_us;
            });
        }
        if (sessions_.size() >= limits::max_sessions) return false;
        found = sessions_.try_emplace(key.session).first;
    }
    Session& session = found->second;
    session.last_us = now_us;
    session.low = std::max(session.low, std::min(key.low, key.serial));
    session.entries.erase(session.entries.begin(), session.entries.lower_bound(session.low));
    return session.entries.size() < limits::max_session_outcomes;
}

void SessionTable::remember(const SessionKey& key, const Outcome& outcome) {
    sessions_.at(key.session).entries.emplace(key.serial, Entry{key.fingerprint, outcome});
}

void SessionTable::write(ByteWriter& out) const {
    out.u32(static_cast<std::uint32_t>(sessions_.size()));
    for (const auto& [id, session] : sessions_) {
        out.u64(id);
        out.u64(session.low);
        out.i64(session.last_us);
        out.u32(static_cast<std::uint32_t>(session.entries.size()));
        for (const auto& [serial, entry] : session.entries) {
            out.u64(serial);
            out.u64(entry.fingerprint);
            write_outcome(out, entry.outcome);
        }
    }
}

SessionTable SessionTable::read(ByteReader& in) {
    constexpr std::size_t smallest_session_bytes = 3 * 8 + 4;
    constexpr std::size_t smallest_entry_bytes = 2 * 8 + smallest_outcome_bytes;
    SessionTable table;
    const auto session_count = in.count(smallest_session_bytes);
    for (std::uint32_t i = 0; i < session_count; ++i) {
        const auto id = in.u64();
        if (!table.sessions_.empty() && id <= table.sessions_.rbegin()->first) {
            throw MalformedBytes("the ids of sessions do not rise");
        }
        Session& session = table.sessions_[id];
        session.low = in.u64();
        session.last_us = in.i64();
        const auto entry_count = in.count(smallest_entry_bytes);
        for (std::uint32_t n = 0; n < entry_count; ++n) {
            const auto serial = in.u64();
            const bool rises = session.entries.empty() || serial > session.entries.rbegin()->first;
            if (serial < session.low || !rises) {
                throw MalformedBytes("the serials of a session do not rise from its lowest");
            }
            Entry& entry = session.entries[serial];
            entry.fingerprint = in.u64();
            entry.outcome = read_outcome(in);
        }
    }
    return table;
}

}  // namespace gavel::auction
