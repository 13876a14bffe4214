#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/storage/sqlite.h"

namespace gavel::history {

// Runs one write and tells how it failed, if it did. Any thread.
std::optional<StorageError> attempt(const std::function<void()>& write);

// Tells the operator about writes that fail: once when it begins, not once a try, and once when
// it is over. After a failed sync it asks for the process to end. Loop thread only.
class StorageTrouble {
  public:
    // `on_fatal` is called on the loop, at most once.
    explicit StorageTrouble(std::function<void(const std::string&)> on_fatal)
        : on_fatal_(std::move(on_fatal)) {}

    void report(const std::optional<StorageError>& error);

  private:
    void report_failure(const StorageError& error);

    std::function<void(const std::string&)> on_fatal_;
    bool complained_ = false;
    bool fatal_ = false;
};

}  // namespace gavel::history
