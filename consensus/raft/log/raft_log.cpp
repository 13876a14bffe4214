#include "consensus/raft/log/raft_log.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <limits>
#include <utility>

namespace gavel::raft {

RaftLog::RaftLog(LogPosition base, std::vector<Entry> entries)
    : base_(base),
      entries_(std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end())),
      stable_(last_index()),
      saving_(stable_) {}

std::optional<Term> RaftLog::term_at(Index index) const {
    if (index == base_.index) return base_.term;
    if (index < base_.index || index > last_index()) return std::nullopt;
    return at(index).term;
}

LogPosition RaftLog::may_agree_up_to(const LogPosition& limit) const {
    auto index = std::min(limit.index, last_index());
    while (index > base_.index && at(index).term > limit.term) --index;
    return {index, term_at(index).value_or(0)};
}

std::vector<Entry> RaftLog::slice(Index from, Index last, std::size_t max_entries,
                                  std::size_t max_bytes) const {
    assert(from >= first_index());
    last = std::min(last, last_index());
    auto end = from;
    std::size_t bytes = 0;
    while (end <= last && end - from < max_entries) {
        bytes += at(end).cost_bytes();
        if (bytes > max_bytes && end > from) break;
        ++end;
    }
    if (end == from) return {};
    const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(from - first_index());
    return {begin, begin + static_cast<std::ptrdiff_t>(end - from)};
}

void RaftLog::append(Entry entry) {
    assert(entry.index == last_index() + 1);
    entries_.push_back(std::move(entry));
}

void RaftLog::truncate_from(Index index) {
    assert(index >= first_index());
    while (last_index() >= index) entries_.pop_back();
    stable_ = std::min(stable_, last_index());
    saving_ = std::min(saving_, last_index());
}

void RaftLog::compact_to(Index index) {
    assert(index <= stable_);
    if (index <= base_.index) return;
    const auto term = at(index).term;
    entries_.erase(entries_.begin(),
                   entries_.begin() + static_cast<std::ptrdiff_t>(index - base_.index));
    base_ = {index, term};
}

void RaftLog::restore(const LogPosition& base) {
    entries_.clear();
    base_ = base;
    stable_ = saving_ = base.index;
}

std::vector<Entry> RaftLog::take_unsaved() {
    if (!has_unsaved()) return {};
    const auto from = saving_ + 1;
    saving_ = last_index();
    const auto unlimited = std::numeric_limits<std::size_t>::max();
    return slice(from, saving_, unlimited, unlimited);
}

}  // namespace gavel::raft
