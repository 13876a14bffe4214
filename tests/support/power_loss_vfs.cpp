#include "tests/support/power_loss_vfs.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace gavel::testing {
namespace {

constexpr std::size_t sector_bytes = 512;

std::string read_file(const std::string& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
}

}  // namespace

// What SQLite calls. Each finds the wrapper behind the pointer that it is given.
struct PowerLossVFS::Methods {
    static PowerLossVFS& vfs_of(sqlite3_vfs* vfs) {
        return *static_cast<PowerLossVFS*>(vfs->pAppData);
    }
    static OpenFile& open_of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
    static sqlite3_file* real_of(sqlite3_file* file) { return open_of(file).real; }
    static const sqlite3_io_methods& real_methods(sqlite3_file* file) {
        return *real_of(file)->pMethods;
    }

    // ---- the file system ----

    static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags,
                    int* out_flags) {
        PowerLossVFS& disk = vfs_of(vfs);
        OpenFile& opened = open_of(file);
        opened.base.pMethods = nullptr;
        opened.vfs = &disk;
        opened.state = nullptr;
        opened.syncs_folder = false;
        opened.real = reinterpret_cast<sqlite3_file*>(&opened + 1);
        const bool followed =
            path != nullptr &&
            (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
        const std::lock_guard lock(disk.mutex_);
        if (followed && disk.power_is_lost()) return SQLITE_CANTOPEN;
        const bool was_there = followed && std::filesystem::exists(path);
        const int result = disk.real_->xOpen(disk.real_, path, opened.real, flags, out_flags);
        if (opened.real->pMethods == nullptr) return result;
        opened.base.pMethods = &file_methods();
        if (!followed) return result;
        const auto [state, is_new] = disk.files_.try_emplace(path);
        if (is_new && was_there) {
            state->second.synced = read_file(path);
            state->second.synced_exists = true;
        }
        opened.state = &state->second;
        opened.syncs_folder = !was_there && (flags & SQLITE_OPEN_MAIN_DB) == 0;
        return result;
    }

    static int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
        PowerLossVFS& disk = vfs_of(vfs);
        const std::lock_guard lock(disk.mutex_);
        if (disk.count_operation()) return SQLITE_IOERR_DELETE;
        const auto found = disk.files_.find(path);
        if (found != disk.files_.end()) {
            found->second.removed = true;
            found->second.unsynced = {{0, {}, true}};  // a file made anew begins empty
        }
        if (sync_folder != 0) disk.sync_folder();
        return disk.real_->xDelete(disk.real_, path, 0);
    }

    static int access(sqlite3_vfs* vfs, const char* path, int flags, int* result) {
        sqlite3_vfs* real = vfs_of(vfs).real_;
        return real->xAccess(real, path, flags, result);
    }
    static int full_path(sqlite3_vfs* vfs, const char* path, int size, char* out) {
        sqlite3_vfs* real = vfs_of(vfs).real_;
        return real->xFullPathname(real, path, size, out);
    }
    static int randomness(sqlite3_vfs* vfs, int size, char* out) {
        sqlite3_vfs* real = vfs_of(vfs).real_;
        return real->xRandomness(real, size, out);
    }
    static int wait(sqlite3_vfs* vfs, int microseconds) {
        sqlite3_vfs* real = vfs_of(vfs).real_;
        return real->xSleep(real, microseconds);
    }
    static int last_error(sqlite3_vfs* vfs, int size, char* out) {
        sqlite3_vfs* real = vfs_of(vfs).real_;
        return real->xGetLastError(real, size, out);
    }
    static int now(sqlite3_vfs* vfs, sqlite3_int64* time) {
        sqlite3_vfs* real = vfs_of(vfs).real_;
        return real->xCurrentTimeInt64(real, time);
    }

    // ---- one file: what changes it ----

    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
        OpenFile& opened = open_of(file);
        if (opened.state != nullptr) {
            PowerLossVFS& disk = *opened.vfs;
            const std::lock_guard lock(disk.mutex_);
            if (disk.count_operation()) return SQLITE_IOERR_WRITE;
            if (disk.full_) return SQLITE_FULL;
            opened.state->unsynced.push_back(
                {static_cast<std::size_t>(offset),
                 std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)),
                 false});
        }
        return real_methods(file).xWrite(real_of(file), bytes, size, offset);
    }

    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        OpenFile& opened = open_of(file);
        if (opened.state != nullptr) {
            const std::lock_guard lock(opened.vfs->mutex_);
            if (opened.vfs->count_operation()) return SQLITE_IOERR_TRUNCATE;
            opened.state->unsynced.push_back({static_cast<std::size_t>(size), {}, true});
        }
        return real_methods(file).xTruncate(real_of(file), size);
    }

    // The real file is not synced: the machine that runs the test stays up.
    static int sync(sqlite3_file* file, int) {
        OpenFile& opened = open_of(file);
        if (opened.state == nullptr) return SQLITE_OK;
        const std::lock_guard lock(opened.vfs->mutex_);
        if (opened.vfs->count_operation()) return SQLITE_IOERR_FSYNC;
        if (opened.vfs->sync_error_ != 0) {
            errno = opened.vfs->sync_error_;  // SQLite asks for it
            return SQLITE_IOERR_FSYNC;
        }
        FileState& state = *opened.state;
        if (std::exchange(opened.syncs_folder, false)) opened.vfs->sync_folder();
        for (const auto& change : state.unsynced) apply(state.synced, change);
        state.unsynced.clear();
        state.synced_exists = true;
        state.removed = false;
        return SQLITE_OK;
    }

    // ---- one file: what only asks, or is of this moment ----

    static int close(sqlite3_file* file) { return real_methods(file).xClose(real_of(file)); }
    static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
        return real_methods(file).xRead(real_of(file), out, size, offset);
    }
    static int file_size(sqlite3_file* file, sqlite3_int64* size) {
        return real_methods(file).xFileSize(real_of(file), size);
    }
    static int lock(sqlite3_file* file, int level) {
        return real_methods(file).xLock(real_of(file), level);
    }
    static int unlock(sqlite3_file* file, int level) {
        return real_methods(file).xUnlock(real_of(file), level);
    }
    static int check_lock(sqlite3_file* file, int* result) {
        return real_methods(file).xCheckReservedLock(real_of(file), result);
    }
    static int control(sqlite3_file* file, int operation, void* argument) {
        return real_methods(file).xFileControl(real_of(file), operation, argument);
    }
    static int sector_size(sqlite3_file* file) {
        return real_methods(file).xSectorSize(real_of(file));
    }
    static int characteristics(sqlite3_file* file) {
        return real_methods(file).xDeviceCharacteristics(real_of(file));
    }
    static int shm_map(sqlite3_file* file, int region, int size, int extend,
                       void volatile** memory) {
        return real_methods(file).xShmMap(real_of(file), region, size, extend, memory);
    }
    static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
        return real_methods(file).xShmLock(real_of(file), offset, count, flags);
    }
    static void shm_barrier(sqlite3_file* file) { real_methods(file).xShmBarrier(real_of(file)); }
    static int shm_unmap(sqlite3_file* file, int remove_it) {
        return real_methods(file).xShmUnmap(real_of(file), remove_it);
    }

    static const sqlite3_io_methods& file_methods() {
        static const sqlite3_io_methods methods = [] {
            sqlite3_io_methods all{};
            all.iVersion = 2;
            all.xClose = close;
            all.xRead = read;
            all.xWrite = write;
            all.xTruncate = truncate;
            all.xSync = sync;
            all.xFileSize = file_size;
            all.xLock = lock;
            all.xUnlock = unlock;
            all.xCheckReservedLock = check_lock;
            all.xFileControl = control;
            all.xSectorSize = sector_size;
            all.xDeviceCharacteristics = characteristics;
            all.xShmMap = shm_map;
            all.xShmLock = shm_lock;
            all.xShmBarrier = shm_barrier;
            all.xShmUnmap = shm_unmap;
            return all;
        }();
        return methods;
    }
};

PowerLossVFS::PowerLossVFS(std::string name)
    : name_(std::move(name)), real_(sqlite3_vfs_find(nullptr)) {
    vfs_.iVersion = 2;
    vfs_.szOsFile = static_cast<int>(sizeof(OpenFile)) + real_->szOsFile;
    vfs_.mxPathname = real_->mxPathname;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = Methods::open;
    vfs_.xDelete = Methods::remove;
    vfs_.xAccess = Methods::access;
    vfs_.xFullPathname = Methods::full_path;
    vfs_.xRandomness = Methods::randomness;
    vfs_.xSleep = Methods::wait;
    vfs_.xGetLastError = Methods::last_error;
    vfs_.xCurrentTimeInt64 = Methods::now;
    if (sqlite3_vfs_register(&vfs_, 0) != SQLITE_OK) {
        throw std::runtime_error("cannot register the file system");
    }
}

PowerLossVFS::~PowerLossVFS() {
    sqlite3_vfs_unregister(&vfs_);
}

void PowerLossVFS::apply(std::string& image, const Change& change) {
    if (change.cut) {
        image.resize(change.offset);
        return;
    }
    const std::size_t end = change.offset + change.bytes.size();
    if (image.size() < end) image.resize(end);
    image.replace(change.offset, change.bytes.size(), change.bytes);
}

void PowerLossVFS::sync_folder() {
    for (auto& [path, state] : files_) {
        if (!std::exchange(state.removed, false)) continue;
        state.synced.clear();
        state.synced_exists = false;
    }
}

bool PowerLossVFS::count_operation() {
    ++operations_;
    return power_is_lost();
}

bool PowerLossVFS::power_is_lost() const {
    return lost_at_ != 0 && operations_ >= lost_at_;
}

void PowerLossVFS::lose_power_at(std::uint64_t operation) {
    const std::lock_guard lock(mutex_);
    lost_at_ = operations_ + operation;
}

bool PowerLossVFS::power_lost() const {
    const std::lock_guard lock(mutex_);
    return power_is_lost();
}

std::uint64_t PowerLossVFS::operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
}

void PowerLossVFS::set_full(bool full) {
    const std::lock_guard lock(mutex_);
    full_ = full;
}

void PowerLossVFS::set_failing_sync(int error) {
    const std::lock_guard lock(mutex_);
    sync_error_ = error;
}

void PowerLossVFS::restart(std::mt19937_64* kept) {
    const std::lock_guard lock(mutex_);
    lost_at_ = 0;
    full_ = false;
    sync_error_ = 0;
    for (auto& [path, state] : files_) {
        for (const auto& change : state.unsynced) {
            if (kept == nullptr) break;
            if (change.cut) {
                if ((*kept)() % 2 == 0) apply(state.synced, change);
                continue;
            }
            // Each sector for itself: it came to the disk, or it did not.
            const std::size_t end = change.offset + change.bytes.size();
            for (std::size_t at = change.offset; at < end;) {
                const std::size_t next = std::min(end, (at / sector_bytes + 1) * sector_bytes);
                if ((*kept)() % 2 == 0) {
                    apply(state.synced,
                          {at, change.bytes.substr(at - change.offset, next - at), false});
                    state.synced_exists = true;
                }
                at = next;
            }
        }
        state.unsynced.clear();
        state.removed = false;
        if (state.synced_exists) {
            std::ofstream(path, std::ios::binary | std::ios::trunc) << state.synced;
        } else {
            std::filesystem::remove(path);
        }
        std::filesystem::remove(path + "-shm");
    }
}

}  // namespace gavel::testing
