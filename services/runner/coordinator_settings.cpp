#include "services/runner/coordinator_settings.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>
#include <stdexcept>

#include "consensus/two_phase_commit/limits.h"

namespace gavel {
namespace {

namespace limits = two_phase::limits;

constexpr const char* default_participants =
    "auction_service=http://auction_service:8001,bidding_service=http://bidding_service:8002,"
    "history_service=http://history_service:8003,notifier_service=http://notifier_service:8004";

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
    throw ConfigError(
        "PARTICIPANTS must list every participant as NAME=URL with commas between, several URLs "
        "of one with | between, as in auction_service=http://a:8001|http://b:8001,"
        "history_service=http://c:8003, not \"" +
        text + "\": " + why);
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::stringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
}

bool is_this_machine(const std::string& host) {
    return host == "localhost" || host == "127.0.0.1" || host == "::1" || host == "0.0.0.0";
}

CoordinatorSettings::Participant read_participant(const std::string& text,
                                                  const std::string& part) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) refuse(text, "\"" + part + "\" has no =");
    CoordinatorSettings::Participant participant;
    participant.name = part.substr(0, equals);
    if (participant.name.empty() || participant.name.size() > limits::max_name_bytes) {
        refuse(text, "a name has 1 to " + std::to_string(limits::max_name_bytes) + " bytes");
    }
    for (const auto& url : split(part.substr(equals + 1), '|')) {
        try {
            participant.urls.push_back(ServiceURL::parse(url));
        } catch (const std::invalid_argument& error) {
            refuse(text, error.what());
        }
    }
    if (participant.urls.empty()) refuse(text, participant.name + " has no URL");
    return participant;
}

void check(const CoordinatorSettings& settings, const std::string& text) {
    if (settings.participants.empty()) refuse(text, "it is empty");
    if (settings.participants.size() > limits::max_participants) {
        refuse(text, "more than " + std::to_string(limits::max_participants) + " are too many");
    }
    std::set<std::string> names;
    std::set<std::string> urls;
    for (const auto& participant : settings.participants) {
        const auto& name = participant.name;
        if (!names.insert(name).second) refuse(text, name + " stands there twice");
        if (name == settings.name || name == "two_phase_coordinator") {
            refuse(text, "the coordinator itself is no participant");
        }
        for (const auto& url : participant.urls) {
            if (!urls.insert(url.authority()).second) {
                refuse(text, url.authority() + " stands there twice");
            }
            if (is_this_machine(url.host) && url.port == settings.port) {
                refuse(text, url.authority() + " is the coordinator itself");
            }
        }
    }
}

std::int64_t read_milliseconds(const Environment& environment, const char* name,
                               std::int64_t fallback, std::int64_t min, std::int64_t max) {
    const auto text = environment.text(name, std::to_string(fallback));
    std::int64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || rest != text.data() + text.size() || value < min || value > max) {
        throw ConfigError(std::string(name) + " must be a whole number from " +
                          std::to_string(min) + " to " + std::to_string(max) + ", not \"" + text +
                          "\"");
    }
    return value;
}

}  // namespace

CoordinatorSettings CoordinatorSettings::read(const Environment& environment) {
    CoordinatorSettings settings;
    settings.name = environment.text("COORDINATOR_NAME", settings.name);
    if (settings.name.size() > limits::max_name_bytes) {
        throw ConfigError("COORDINATOR_NAME may have " + std::to_string(limits::max_name_bytes) +
                          " bytes, not \"" + settings.name + "\"");
    }
    settings.port = environment.port("COORDINATOR_PORT", settings.port);
    settings.vote_time_ms =
        read_milliseconds(environment, "TWO_PHASE_TIMEOUT_MS", settings.vote_time_ms, 50, 60'000);
    settings.token = environment.text("CLUSTER_TOKEN", "");
    const auto text = environment.text("PARTICIPANTS", default_participants);
    for (const auto& part : split(text, ',')) {
        settings.participants.push_back(read_participant(text, part));
    }
    check(settings, text);
    return settings;
}

}  // namespace gavel
