#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/storage/sqlite.h"

namespace gavel {

// Runs one write and tells how it failed, if it did. Any thread.
std::optional<StorageError> attempt(const std::function<void()>& write);

// Tells the operator about writes that fail: once when it begins, not once a try, and once when
// it is over. After a failed sync it asks for the process to end. Loop thread only.
class StorageTrouble {
  public:
    // `service` has the log lines, which name `what` is written, as in "history".
    // `on_fatal` is called on the loop, at most once.
    StorageTrouble(std::string service, std::string what,
                   std::function<void(const std::string&)> on_fatal)
        : service_(std::move(service)), what_(std::move(what)), on_fatal_(std::move(on_fatal)) {}

    void report(const std::optional<StorageError>& error);

  private:
    void report_failure(const StorageError& error);

    const std::string service_;
    const std::string what_;
    std::function<void(const std::string&)> on_fatal_;
    bool complained_ = false;
    bool fatal_ = false;
};

}  // namespace gavel
