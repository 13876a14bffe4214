#include "services/auction/idempotency_table.h"

#include "common/limits.h"
#include "services/auction/wire_outcome.h"

namespace gavel::auction {
namespace {

std::string name_of(const IdempotencyKey& key) {
    std::string name = key.scope;
    name += '\0';
    name += key.key;
    return name;
}

}  // namespace

std::optional<Outcome> IdempotencyTable::find(const IdempotencyKey& key) const {
    const auto found = entries_.find(name_of(key));
    if (found == entries_.end()) return std::nullopt;
    if (found->second.fingerprint == key.fingerprint) return found->second.outcome;
    Outcome reused;
    reused.index = found->second.outcome.index;
    reused.code = OutcomeCode::key_reused;
    return reused;
}

void IdempotencyTable::evict(std::int64_t now_us) {
    while (!oldest_first_.empty()) {
        const auto oldest = entries_.find(oldest_first_.front());
        if (oldest->second.time_us + limits::idempotency_keep_us > now_us) return;
        entries_.erase(oldest);
        oldest_first_.pop_front();
    }
}

bool IdempotencyTable::full() const {
    return entries_.size() >= limits::max_idempotency_keys;
}

void IdempotencyTable::remember(const IdempotencyKey& key, const Outcome& outcome,
                                std::int64_t now_us) {
    const std::string name = name_of(key);
    entries_.emplace(name, Entry{key.fingerprint, now_us, outcome});
    oldest_first_.push_back(name);
}

void IdempotencyTable::write(ByteWriter& out) const {
    out.u32(static_cast<std::uint32_t>(oldest_first_.size()));
    for (const auto& name : oldest_first_) {
        const Entry& entry = entries_.at(name);
        out.text(name);
        out.u64(entry.fingerprint);
        out.i64(entry.time_us);
        write_outcome(out, entry.outcome);
    }
}

IdempotencyTable IdempotencyTable::read(ByteReader& in) {
    constexpr std::size_t smallest_entry_bytes = 4 + 2 * 8 + smallest_outcome_bytes;
    IdempotencyTable table;
    const auto count = in.count(smallest_entry_bytes);
    for (std::uint32_t i = 0; i < count; ++i) {
        std::string name = in.text();
        Entry entry;
        entry.fingerprint = in.u64();
        entry.time_us = in.i64();
        entry.outcome = read_outcome(in);
        if (!table.entries_.emplace(name, std::move(entry)).second) {
            throw MalformedBytes("an idempotency key stands twice");
        }
        table.oldest_first_.push_back(std::move(name));
    }
    return table;
}

}  // namespace gavel::auction
