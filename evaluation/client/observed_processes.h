#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace gavel::evaluation {

// What the processes that are being measured use, by the kernel's account: a cost that other work
// on the machine blurs less than it blurs times.
class ObservedProcesses {
  public:
    // Ids of processes of this machine; none is fine.
    explicit ObservedProcesses(std::vector<std::string> pids) : pids_(std::move(pids)) {}

    // All of them together so far, in user and kernel mode. Throws std::runtime_error in a
    // sentence.
    double cpu_seconds() const;
    // Of each {"pid", "rss_kb", "pss_kb"}: what is shared with others counts in part in the latter.
    nlohmann::ordered_json memory() const;

  private:
    std::vector<std::string> pids_;
};

}  // namespace gavel::evaluation
