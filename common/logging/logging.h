#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

namespace gavel {

// How a process logs: level "trace" … "off", and one JSON object a line when `json` is set.
struct LogSettings {
    std::string level = "info";
    bool json = false;
};

// Sets level and format for every logger. Called once by the runner, before any service starts.
// Throws std::invalid_argument for a level that does not exist.
void configure_logging(const LogSettings& settings);

// The logger of a service, named in each of its lines; made at the first call. Any thread.
std::shared_ptr<spdlog::logger> service_logger(const std::string& service);

}  // namespace gavel
