#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluation/client/latency_histogram.h"

namespace gavel::evaluation {

enum class Outcome : std::uint8_t { accepted, refused, failed };

// 2xx and 304 are accepted, 409 is refused, everything else has failed.
Outcome outcome_of(int status);

// What a run measured. Times count from the beginning of the measurement, after the warm-up.
class LoadFigures {
  public:
    static constexpr std::int64_t slice_ns = 100'000'000;

    // `at_ns`: when the answer came, for the timeline.
    void answer(int status, std::int64_t latency_ns, std::int64_t at_ns);
    // A request that got no answer: `why` in two or three words.
    void failure(const std::string& why, std::int64_t at_ns);

    std::uint64_t count(Outcome outcome) const { return counts_[index(outcome)]; }
    const LatencyHistogram& latencies(Outcome outcome) const { return latencies_[index(outcome)]; }

    // For each outcome its count, rate and latencies; "answered": accepted and refused together;
    // "timeline": [accepted, refused, failed] of each slice.
    nlohmann::ordered_json json() const;

    double seconds = 0;  // how long it measured
    std::uint64_t received_bytes = 0;
    double cpu_seconds = 0;         // of the load generator
    double server_cpu_seconds = 0;  // of the processes that were observed
    std::uint64_t unanswered = 0;   // due within the measurement, and still waiting at its end

  private:
    struct Slice {
        std::uint64_t counts[3] = {};
    };

    static constexpr std::size_t index(Outcome outcome) {
        return static_cast<std::size_t>(outcome);
    }
    void count_one(Outcome outcome, std::int64_t at_ns);

    std::uint64_t counts_[3] = {};
    LatencyHistogram latencies_[3];
    std::map<int, std::uint64_t> statuses_;
    std::map<std::string, std::uint64_t> errors_;
    std::vector<Slice> timeline_;
};

}  // namespace gavel::evaluation
