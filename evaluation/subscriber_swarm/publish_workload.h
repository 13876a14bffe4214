#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evaluation/load_generator/workload.h"

namespace gavel::evaluation {

// Messages for a publishing server that is no auction platform, as large as the events of a bid,
// and numbered as bids are.
class PublishWorkload : public Workload {
  public:
    PublishWorkload(std::string_view authority, std::string_view target, std::size_t message_bytes);

    std::optional<Request> next() override;

  private:
    std::string head_;
    std::string request_;
    std::size_t message_bytes_;
    std::uint64_t sent_ = 0;
};

}  // namespace gavel::evaluation
