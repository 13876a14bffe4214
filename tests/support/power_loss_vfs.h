#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace gavel::testing {

// A file system for SQLite that can lose power, fill up and fail to sync. It lies over SQLite's
// own one, remembers of each file what was last synced and what was done to it since, and can put
// the files back to that.
//
// Any thread, but restart() only when no database is open. One at a time of a name.
class PowerLossVFS {
  public:
    explicit PowerLossVFS(std::string name);
    ~PowerLossVFS();
    PowerLossVFS(const PowerLossVFS&) = delete;
    PowerLossVFS& operator=(const PowerLossVFS&) = delete;

    const std::string& name() const { return name_; }

    // The power goes at that operation (write, truncation, deletion or sync), counted from now, 1
    // being the next: it and all after it fail and do nothing.
    void lose_power_at(std::uint64_t operation);
    bool power_lost() const;
    std::uint64_t operations() const;

    // The machine comes back: each file is what it was when it was last synced. With `kept`, a
    // random part of the sectors written since is there too, as on a disk that was at work.
    void restart(std::mt19937_64* kept = nullptr);

    // While it is full, every write fails for want of room.
    void set_full(bool full);
    // Every sync fails with this errno; 0: they succeed again.
    void set_failing_sync(int error);

  private:
    // What was done to a file and not synced: bytes written, or (no bytes) its size cut.
    struct Change {
        std::size_t offset = 0;
        std::string bytes;
        bool cut = false;
    };
    struct FileState {
        std::string synced;
        bool synced_exists = false;
        bool removed = false;  // since then: it comes back unless the folder is synced
        std::vector<Change> unsynced;
    };
    // What SQLite holds as an open file: this, and the real file's own behind it.
    struct OpenFile {
        sqlite3_file base;
        PowerLossVFS* vfs;
        FileState* state;   // null: not followed (temporary files)
        bool syncs_folder;  // with its next sync, as SQLite does for a journal that is new
        sqlite3_file* real;
    };
    struct Methods;

    static void apply(std::string& image, const Change& change);
    // Both: REQUIRES: mutex_ is held
    bool count_operation();  // true when the power is lost, with this operation or before
    bool power_is_lost() const;
    void sync_folder();

    std::string name_;
    sqlite3_vfs* real_;
    sqlite3_vfs vfs_{};

    mutable std::mutex mutex_;
    std::map<std::string, FileState> files_;  // by path; entries stay where they are
    std::uint64_t operations_ = 0;
    std::uint64_t lost_at_ = 0;  // 0: never
    bool full_ = false;
    int sync_error_ = 0;
};

}  // namespace gavel::testing
