#include "common/storage/storage_trouble.h"

#include <utility>

#include "common/logging/logging.h"

namespace gavel {

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
        service_logger(service_)->info("the {} can be written again", what_);
    }
}

void StorageTrouble::report_failure(const StorageError& error) {
    const auto logger = service_logger(service_);
    if (error.kind() == StorageError::Kind::sync_failed) {
        if (std::exchange(fatal_, true)) return;
        logger->critical("the disk no longer syncs, giving up: {}", error.what());
        if (on_fatal_) on_fatal_(error.what());
        return;
    }
    if (std::exchange(complained_, true)) return;
    if (error.kind() == StorageError::Kind::full) {
        logger->warn("no room for the {}, trying on: {}", what_, error.what());
    } else if (error.kind() == StorageError::Kind::corrupt) {
        logger->error(
            "the {} file is damaged: {}. Stop the service, delete the file with its -wal and -shm "
            "files and start again: the {} is fetched anew",
            what_, error.what(), what_);
    } else {
        logger->error("cannot write the {}, trying on: {}", what_, error.what());
    }
}

}  // namespace gavel
