#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/load_generator/workload.h"

namespace gavel::evaluation {

// Creates auctions without an end that start at 1, and keeps their ids in the order of the answers.
class CreateWorkload : public Workload {
  public:
    // As many as `count`; without it, no end.
    CreateWorkload(std::string_view authority, std::optional<std::uint64_t> count);

    std::optional<Request> next() override;
    void answered(std::uint64_t tag, int status, std::string_view kept_body) override;

    const std::vector<std::string>& ids() const { return ids_; }

  private:
    std::string head_;
    std::string request_;
    std::optional<std::uint64_t> count_;
    std::uint64_t made_ = 0;
    std::vector<std::string> ids_;
};

}  // namespace gavel::evaluation
