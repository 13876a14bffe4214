#pragma once

#include <map>
#include <string>
#include <utility>

#include "common/config/environment.h"

namespace gavel::testing {

// The variables that a test says are set. Outlives the environment it gives.
class FakeEnvironment {
  public:
    FakeEnvironment(std::initializer_list<std::pair<const std::string, std::string>> variables)
        : variables_(variables) {}
    FakeEnvironment(const FakeEnvironment&) = delete;
    FakeEnvironment& operator=(const FakeEnvironment&) = delete;

    Environment environment() const {
        return Environment([this](const char* name) {
            const auto found = variables_.find(name);
            return found == variables_.end() ? nullptr : found->second.c_str();
        });
    }

  private:
    std::map<std::string, std::string> variables_;
};

}  // namespace gavel::testing
