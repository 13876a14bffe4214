#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace gavel {

// A setting that cannot be used: names the variable, shows its value, says what is allowed.
class ConfigError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The settings of a process, read from environment variables. An empty variable counts as unset.
class Environment {
  public:
    using Lookup = std::function<const char*(const char* name)>;

    // The process's own environment, or another one in tests.
    Environment();
    explicit Environment(Lookup lookup) : lookup_(std::move(lookup)) {}

    std::optional<std::string> find(const char* name) const;
    std::string text(const char* name, const std::string& fallback) const;
    // Throws ConfigError when it is no port.
    std::uint16_t port(const char* name, std::uint16_t fallback) const;
    std::optional<std::uint16_t> find_port(const char* name) const;

  private:
    Lookup lookup_;
};

}  // namespace gavel
