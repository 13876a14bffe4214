#pragma once

#include "services/auction/command_log.h"

namespace gavel::auction {

// `memory:` keeps nothing: for tests, and for those who want the Python platform's durability.
class MemoryLog : public CommandLog {
  public:
    explicit MemoryLog(std::string log_id) : log_id_(std::move(log_id)) {}

    const std::string& log_id() const override { return log_id_; }
    std::uint64_t last_index() const override { return last_index_; }
    void replay(std::uint64_t, const Visit&) override {}
    void append(std::vector<std::string> records, Appended appended) override {
        last_index_ += records.size();
        appended(AppendResult::durable);
    }

  private:
    std::string log_id_;
    std::uint64_t last_index_ = 0;
};

}  // namespace gavel::auction
