#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/command.h"
#include "services/auction/outcome.h"

namespace gavel::auction {

// The first outcome of every idempotency key, for a day of book time. Part of the book: the same
// log gives the same table. Not thread-safe.
class IdempotencyTable {
  public:
    // The outcome that a key first had; `key_reused` in place of it when it came with another
    // body. Nothing when the key is new.
    std::optional<Outcome> find(const IdempotencyKey& key) const;

    // Forgets keys older than limits::idempotency_keep_us.
    void evict(std::int64_t now_us);
    bool full() const;
    void remember(const IdempotencyKey& key, const Outcome& outcome, std::int64_t now_us);

    std::size_t size() const { return entries_.size(); }

    void write(ByteWriter& out) const;
    static IdempotencyTable read(ByteReader& in);

  private:
    struct Entry {
        std::uint64_t fingerprint = 0;
        std::int64_t time_us = 0;
        Outcome outcome;
    };

    std::unordered_map<std::string, Entry> entries_;  // by scope, NUL, key
    std::deque<std::string> oldest_first_;
};

}  // namespace gavel::auction
