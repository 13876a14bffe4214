#include "consensus/raft/tracker/progress.h"

#include <doctest/doctest.h>

namespace gavel::raft {
namespace {

// A follower to which a whole window went out at once.
Progress replicating() {
    Progress progress(1, 0, 64, 1'000'000);
    progress.appended(1, 10);
    progress.accepted(1);
    for (Index last = 2; last <= 65; ++last) progress.appended(last, 10);
    return progress;
}

TEST_CASE("of a window that arrived out of order, one rejection alone begins a new search") {
    auto progress = replicating();
    const auto attempt = progress.attempt();
    CHECK(progress.rejected(40, 1, attempt));
    CHECK(progress.state() == Progress::State::probe);
    CHECK(progress.next() == 2);
    progress.appended(2, 10);
    CHECK(progress.accepted(2));
    for (Index last = 3; last <= 66; ++last) progress.appended(last, 10);
    // The other rejections of the first window come late: the second window stays under way.
    for (Index late = 10; late <= 60; ++late) CHECK_FALSE(progress.rejected(late, 1, attempt));
    CHECK(progress.state() == Progress::State::replicate);
    CHECK(progress.next() == 67);
    // One of the second window counts.
    CHECK(progress.rejected(50, 2, progress.attempt()));
}

TEST_CASE("what a follower has accepted is never searched for again") {
    auto progress = replicating();
    CHECK(progress.accepted(30));
    CHECK_FALSE(progress.rejected(30, 0, progress.attempt()));
    CHECK(progress.rejected(31, 0, progress.attempt()));
    CHECK(progress.next() == 31);
}

}  // namespace
}  // namespace gavel::raft
