#pragma once

#include <sqlite3.h>

#include <map>

namespace gavel::testing {

// A file system whose files cannot be synced while `failing` is set: SQLite's own, with one
// method replaced. For one test at a time.
class FailingSync {
  public:
    FailingSync() {
        real() = sqlite3_vfs_find(nullptr);
        vfs_ = *real();
        vfs_.zName = name;
        vfs_.xOpen = open;
        sqlite3_vfs_register(&vfs_, 0);
        failing = false;
    }
    ~FailingSync() { sqlite3_vfs_unregister(&vfs_); }
    FailingSync(const FailingSync&) = delete;
    FailingSync& operator=(const FailingSync&) = delete;

    static constexpr const char* name = "failing-sync";
    static inline bool failing = false;

  private:
    static sqlite3_vfs*& real() {
        static sqlite3_vfs* vfs = nullptr;
        return vfs;
    }
    // A database and its log have tables of methods of their own; each is replaced by its copy.
    struct Methods : sqlite3_io_methods {
        const sqlite3_io_methods* real;
    };
    static Methods& replacement_of(const sqlite3_io_methods* real) {
        static std::map<const sqlite3_io_methods*, Methods> replacements;
        Methods& methods = replacements[real];
        static_cast<sqlite3_io_methods&>(methods) = *real;
        methods.xSync = sync;
        methods.real = real;
        return methods;
    }

    static int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
        const int result = real()->xOpen(real(), path, file, flags, out_flags);
        if (file->pMethods != nullptr) file->pMethods = &replacement_of(file->pMethods);
        return result;
    }

    static int sync(sqlite3_file* file, int flags) {
        if (failing) return SQLITE_IOERR_FSYNC;
        return static_cast<const Methods*>(file->pMethods)->real->xSync(file, flags);
    }

    sqlite3_vfs vfs_;
};

}  // namespace gavel::testing
