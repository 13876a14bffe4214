#include "evaluation/load_generator/load_figures.h"

#include <algorithm>

namespace gavel::evaluation {
namespace {

constexpr std::size_t max_slices = 36'000;  // an hour; later answers count in the last

}  // namespace

Outcome outcome_of(int status) {
    if ((status >= 200 && status < 300) || status == 304) return Outcome::accepted;
    return status == 409 ? Outcome::refused : Outcome::failed;
}

void LoadFigures::answer(int status, std::int64_t latency_ns, std::int64_t at_ns) {
    const Outcome outcome = outcome_of(status);
    count_one(outcome, at_ns);
    latencies_[index(outcome)].record(latency_ns);
    ++statuses_[status];
}

void LoadFigures::failure(const std::string& why, std::int64_t at_ns) {
    count_one(Outcome::failed, at_ns);
    ++errors_[why];
}

void LoadFigures::count_one(Outcome outcome, std::int64_t at_ns) {
    ++counts_[index(outcome)];
    const auto slice = static_cast<std::size_t>(std::max<std::int64_t>(at_ns, 0) / slice_ns);
    const std::size_t place = std::min(slice, max_slices - 1);
    if (place >= timeline_.size()) timeline_.resize(place + 1);
    ++timeline_[place].counts[index(outcome)];
}

nlohmann::ordered_json LoadFigures::json() const {
    const auto rate = [&](std::uint64_t number) {
        return seconds > 0 ? static_cast<double>(number) / seconds : 0;
    };
    nlohmann::ordered_json told = {{"seconds", seconds}};
    const auto tell = [&](const char* name, std::uint64_t number, const LatencyHistogram& times) {
        auto& one = told[name] = {{"count", number}, {"per_second", rate(number)}};
        one["latency"] = times.json();
    };
    tell("accepted", counts_[0], latencies_[0]);
    tell("refused", counts_[1], latencies_[1]);
    tell("failed", counts_[2], latencies_[2]);
    LatencyHistogram answered = latencies_[0];
    answered.add(latencies_[1]);
    tell("answered", answered.count(), answered);
    auto& statuses = told["statuses"] = nlohmann::ordered_json::object();
    for (const auto& [status, number] : statuses_) statuses[std::to_string(status)] = number;
    told["errors"] = errors_;
    told["unanswered"] = unanswered;
    told["received_bytes"] = received_bytes;
    told["client_cpu_seconds"] = cpu_seconds;
    told["server_cpu_seconds"] = server_cpu_seconds;
    told["slice_seconds"] = static_cast<double>(slice_ns) / 1e9;
    auto& slices = told["timeline"] = nlohmann::ordered_json::array();
    for (const Slice& slice : timeline_) slices.push_back(slice.counts);
    return told;
}

}  // namespace gavel::evaluation
