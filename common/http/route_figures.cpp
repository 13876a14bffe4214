#include "common/http/route_figures.h"

namespace gavel {

// A route has few statuses, and the first is the usual one.
std::uint64_t& RouteFigures::count_of(int status) {
    for (auto& [known, count] : by_status_) {
        if (known == status) return count;
    }
    return by_status_.emplace_back(status, 0).second;
}

void RouteFigures::note(int status, std::int64_t duration_us) {
    ++count_of(status);
    durations_.add_us(duration_us);
}

void RouteFigures::add(const RouteFigures& other) {
    for (const auto& [status, count] : other.by_status_) count_of(status) += count;
    durations_.add(other.durations_);
}

}  // namespace gavel
