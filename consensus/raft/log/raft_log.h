#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "consensus/raft/entry.h"
#include "consensus/raft/types.h"

namespace gavel::raft {

// The part of the log that is in memory: everything after `base`, the last entry that compaction
// took away (thesis 5.1). It also knows how far the disk has got: up to stable() entries are
// durable, up to saving() they are on their way, and the rest has yet to be handed out. One write
// is on its way at a time.
class RaftLog {
  public:
    // What was found on disk: `entries` follow `base` without a gap.
    RaftLog(LogPosition base, std::vector<Entry> entries);

    const LogPosition& base() const { return base_; }
    Index first_index() const { return base_.index + 1; }
    Index last_index() const { return base_.index + entries_.size(); }
    LogPosition last() const { return entries_.empty() ? base_ : entries_.back().position(); }
    bool holds_no_entries() const { return entries_.empty(); }

    // Nothing when the entry was compacted away or is not there yet.
    std::optional<Term> term_at(Index index) const;
    // REQUIRES: first_index() <= index <= last_index().
    const Entry& at(Index index) const { return entries_[index - first_index()]; }
    bool matches(const LogPosition& position) const {
        return term_at(position.index) == position.term;
    }

    // The highest index up to `limit.index` whose term is not above `limit.term`. Another log that
    // holds `limit` can agree with this one only up to there, so a leader that backs up steps over
    // whole terms (paper 5.3, end).
    LogPosition may_agree_up_to(const LogPosition& limit) const;

    // From `from` on, as many as fit into the limits, at least one if there is one.
    std::vector<Entry> slice(Index from, Index last, std::size_t max_entries,
                             std::size_t max_bytes) const;

    // REQUIRES: entry.index == last_index() + 1.
    void append(Entry entry);
    // Drops `index` and all after it (figure 2, AppendEntries, 3).
    void truncate_from(Index index);
    // Drops all up to `index`, which becomes the base. REQUIRES: index <= stable().
    void compact_to(Index index);
    // A snapshot takes the whole log's place (paper 7).
    void restore(const LogPosition& base);

    Index stable() const { return stable_; }
    Index saving() const { return saving_; }
    bool has_unsaved() const { return saving_ < last_index(); }
    // The entries that the disk does not have; they are on their way from now on.
    std::vector<Entry> take_unsaved();
    // The disk has what take_unsaved gave last.
    void saved() { stable_ = saving_; }

  private:
    LogPosition base_;
    std::deque<Entry> entries_;
    Index stable_;
    Index saving_;
};

}  // namespace gavel::raft
