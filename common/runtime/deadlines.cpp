#include "common/runtime/deadlines.h"

#include <cassert>

namespace gavel {

Deadlines::Entry::~Entry() {
    if (after_ != nullptr) unlink(*this);
}

Deadlines::Deadlines(Scheduler& scheduler) : scheduler_(scheduler) {
    end_.before_ = end_.after_ = &end_;
}

Deadlines::~Deadlines() {
    scheduler_.cancel(timer_);
    while (end_.after_ != &end_) unlink(*end_.after_);
}

void Deadlines::set(Entry& entry, std::int64_t after_ms) {
    assert(entry.after_ == nullptr);
    entry.due_us_ = scheduler_.now_us() + after_ms * 1000;
    Entry* before = end_.before_;
    while (before != &end_ && before->due_us_ > entry.due_us_) before = before->before_;
    entry.before_ = before;
    entry.after_ = before->after_;
    entry.before_->after_ = entry.after_->before_ = &entry;
    if (end_.after_ == &entry) watch_first();
}

void Deadlines::drop(Entry& entry) {
    if (entry.after_ != nullptr) unlink(entry);
}

void Deadlines::unlink(Entry& entry) {
    assert(entry.before_ != nullptr && entry.after_ != nullptr);
    entry.before_->after_ = entry.after_;
    entry.after_->before_ = entry.before_;
    entry.before_ = entry.after_ = nullptr;
}

// The timer is not moved when the first entry goes, which is the rule: it then comes too early, and
// is set anew.
void Deadlines::watch_first() {
    const Entry* first = end_.after_;
    if (first == &end_) return;
    const bool early_enough = timer_ != TimerId() && timer_.due_us <= first->due_us_;
    if (early_enough) return;
    scheduler_.cancel(timer_);
    timer_ = scheduler_.call_at(first->due_us_, [this] { pass_due(); });
}

void Deadlines::pass_due() {
    timer_ = {};
    const std::int64_t now_us = scheduler_.now_us();
    // Each may set or drop others as it passes, and so the list is looked at anew.
    while (end_.after_ != &end_ && end_.after_->due_us_ <= now_us) {
        Entry& entry = *end_.after_;
        unlink(entry);
        entry.passed();
    }
    watch_first();
}

}  // namespace gavel
