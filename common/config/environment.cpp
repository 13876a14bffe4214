#include "common/config/environment.h"

#include <charconv>
#include <cstdlib>

namespace gavel {

Environment::Environment() : lookup_([](const char* name) { return std::getenv(name); }) {}

std::optional<std::string> Environment::find(const char* name) const {
    const char* value = lookup_(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

std::string Environment::text(const char* name, const std::string& fallback) const {
    return find(name).value_or(fallback);
}

std::uint16_t Environment::port(const char* name, std::uint16_t fallback) const {
    return find_port(name).value_or(fallback);
}

std::optional<std::uint16_t> Environment::find_port(const char* name) const {
    const auto text = find(name);
    if (!text) return std::nullopt;
    std::uint16_t port = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, port);
    if (error != std::errc() || rest != end || port == 0) {
        throw ConfigError(std::string(name) + " must be a port from 1 to 65535, not \"" + *text +
                          "\"");
    }
    return port;
}

}  // namespace gavel
