#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/load_generator/workload.h"

namespace gavel::evaluation {

// Reads targets in turn. In a target, {auction} stands for the id of one auction after the other,
// and {LOW-HIGH} for a number of that range, drawn anew each time (the same sequence every run).
class ReadWorkload : public Workload {
  public:
    // `fields` are further header lines, each with its "\r\n". Throws std::runtime_error in a
    // sentence when a target has a brace that means nothing, or wants an id when there is none.
    ReadWorkload(std::string_view authority, const std::vector<std::string>& targets,
                 std::vector<std::string> ids, std::string_view fields);

    std::optional<Request> next() override;

  private:
    struct Part {
        std::string text;  // comes first
        enum class Value { none, auction, number } value = Value::none;
        std::uint64_t low = 0;
        std::uint64_t high = 0;
    };

    static std::vector<Part> parse(std::string_view target);

    std::vector<std::vector<Part>> targets_;
    std::vector<std::string> ids_;
    std::string tail_;
    std::string request_;
    std::mt19937_64 random_{1};
    std::size_t turn_ = 0;
    std::size_t id_turn_ = 0;
};

}  // namespace gavel::evaluation
