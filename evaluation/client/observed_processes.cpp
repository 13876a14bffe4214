#include "evaluation/client/observed_processes.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gavel::evaluation {
namespace {

[[noreturn]] void no_process(const std::string& pid) {
    throw std::runtime_error("there is no process " + pid);
}

double cpu_seconds_of(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string line;
    if (!std::getline(file, line)) no_process(pid);
    // The name, in brackets, may have spaces in it; user and system time are fields 14 and 15.
    std::istringstream rest(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) rest >> skipped;
    double user_ticks = 0;
    double system_ticks = 0;
    rest >> user_ticks >> system_ticks;
    return (user_ticks + system_ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

double ObservedProcesses::cpu_seconds() const {
    double seconds = 0;
    for (const auto& pid : pids_) seconds += cpu_seconds_of(pid);
    return seconds;
}

nlohmann::ordered_json ObservedProcesses::memory() const {
    auto told = nlohmann::ordered_json::array();
    for (const auto& pid : pids_) {
        std::ifstream file("/proc/" + pid + "/smaps_rollup");
        nlohmann::ordered_json one = {{"pid", pid}};
        std::string line;
        while (std::getline(file, line)) {
            std::istringstream words(line);
            std::string name;
            std::uint64_t kilobytes = 0;
            words >> name >> kilobytes;
            if (name == "Rss:") one["rss_kb"] = kilobytes;
            if (name == "Pss:") one["pss_kb"] = kilobytes;
        }
        if (!one.contains("pss_kb")) no_process(pid);
        told.push_back(std::move(one));
    }
    return told;
}

}  // namespace gavel::evaluation
