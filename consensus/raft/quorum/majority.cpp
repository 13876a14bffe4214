#include "consensus/raft/quorum/majority.h"

#include <algorithm>

namespace gavel::raft {

Index majority_index(std::vector<Index>& matches) {
    if (matches.empty()) return 0;
    // The majority_of(n)-th largest: that many voters have it or more.
    const auto place =
        matches.begin() + static_cast<std::ptrdiff_t>(matches.size() - majority_of(matches.size()));
    std::nth_element(matches.begin(), place, matches.end());
    return *place;
}

}  // namespace gavel::raft
