#include "services/history/storage_trouble.h"

#include <utility>

#include "common/logging/logging.h"

namespace gavel::history {

std::optional<StorageError> attempt(const std::function<void()>& write) {
    try {
        write();
    } catch (const StorageError& error) {
        return error;
    } catch (const std::exception& error) {
        return StorageError(StorageError::Kind::other, error.what());
    }
    return std::nullopt;
}

void StorageTrouble::report(const std::optional<StorageError>& error) {
    if (error) {
        report_failure(*error);
    } else if (std::exchange(complained_, false)) {
        service_logger("history_service")->info("the history can be written again");
    }
}

void StorageTrouble::report_failure(const StorageError& error) {
    if (error.kind() == StorageError::Kind::sync_failed) {
        if (std::exchange(fatal_, true)) return;
        service_logger("history_service")
            ->critical("the disk no longer syncs, giving up: {}", error.what());
        if (on_fatal_) on_fatal_(error.what());
        return;
    }
    if (std::exchange(complained_, true)) return;
    if (error.kind() == StorageError::Kind::full) {
        service_logger("history_service")
            ->warn("no room for the history, trying on: {}", error.what());
    } else if (error.kind() == StorageError::Kind::corrupt) {
        service_logger("history_service")
            ->error(
                "the history file is damaged: {}. Stop the service, delete the file with its -wal "
                "and "
                "-shm files and start again: the history is fetched anew",
                error.what());
    } else {
        service_logger("history_service")
            ->error("cannot write the history, trying on: {}", error.what());
    }
}

}  // namespace gavel::history
