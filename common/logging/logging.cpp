#include "common/logging/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <stdexcept>

#include "common/concurrency/mutex.h"
#include "common/json/json_text.h"

namespace gavel {
namespace {

constexpr auto text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ [%n] %v";

// One JSON object a line, its strings escaped whatever a message holds.
class JSONFormatter : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        spdlog::memory_buf_t time;
        time_.format(message, time);
        std::string line = R"({"time":)";
        append_json_string(line, {time.data(), time.size()});
        const auto level = spdlog::level::to_string_view(message.level);
        line += R"(,"level":)";
        append_json_string(line, {level.data(), level.size()});
        line += R"(,"service":)";
        append_json_string(line, {message.logger_name.data(), message.logger_name.size()});
        line += R"(,"message":)";
        append_json_string(line, {message.payload.data(), message.payload.size()});
        line += "}\n";
        out.append(line.data(), line.data() + line.size());
    }

    std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<JSONFormatter>();
    }

  private:
    spdlog::pattern_formatter time_{"%Y-%m-%dT%H:%M:%S.%eZ", spdlog::pattern_time_type::utc, ""};
};

// The sink that all loggers share, so that lines of several services never mix.
spdlog::sink_ptr shared_sink() {
    static const auto sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
    return sink;
}

}  // namespace

void configure_logging(const LogSettings& settings) {
    const auto level = spdlog::level::from_str(settings.level);
    if (level == spdlog::level::off && settings.level != "off") {
        throw std::invalid_argument(
            "LOG_LEVEL must be trace, debug, info, warning, error, "
            "critical or off, not \"" +
            settings.level + "\"");
    }
    if (settings.json) {
        shared_sink()->set_formatter(std::make_unique<JSONFormatter>());
    } else {
        shared_sink()->set_formatter(std::make_unique<spdlog::pattern_formatter>(
            text_pattern, spdlog::pattern_time_type::utc));
    }
    spdlog::set_level(level);
    spdlog::flush_on(spdlog::level::info);
}

std::shared_ptr<spdlog::logger> service_logger(const std::string& service) {
    static Mutex mutex;
    MutexLock lock(mutex);
    if (auto existing = spdlog::get(service)) return existing;
    auto logger = std::make_shared<spdlog::logger>(service, shared_sink());
    logger->set_level(spdlog::get_level());
    logger->flush_on(spdlog::level::info);
    spdlog::register_logger(logger);
    return logger;
}

}  // namespace gavel
