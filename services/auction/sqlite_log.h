#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "common/limits.h"
#include "common/runtime/worker.h"
#include "common/storage/file_lock.h"
#include "common/storage/sqlite.h"
#include "common/storage/write_ahead_log.h"
#include "services/auction/command_log.h"

namespace gavel::auction {

// `sqlite:PATH`: the log in one SQLite database, durable on one machine. A batch is one
// transaction and one fsync (WAL, synchronous=FULL). Each record carries its place in a hash
// chain, so what was altered or lost is noticed when it is read. One process at a time.
//
// All methods on one thread; the appends themselves run on a thread of its own.
class SqliteLog : public CommandLog {
  public:
    struct Options {
        std::string path;
        std::string vfs;                   // SQLite's file system; "" is the usual one
        std::string synchronous = "FULL";  // anything less can lose acknowledged commands
        std::string log_id = {};           // of a new log; "": a random one
        std::uint64_t merge_pages = limits::log_merge_pages;
    };

    // Opens or creates it. Throws LogDamaged or StorageError with a sentence that says what to do.
    explicit SqliteLog(const Options& options);
    ~SqliteLog() override;

    const std::string& log_id() const override { return log_id_; }
    std::uint64_t last_index() const override { return last_index_; }
    void replay(std::uint64_t first, const Visit& visit) override;
    void append(std::vector<std::string> records, Appended appended) override;
    std::int64_t last_append_us() const override { return last_append_us_; }

    // Visits the records from `first` to `last` through a connection of its own, on any thread,
    // while the log is in use. Checks the chain from the record before `first`.
    static void read(const std::string& path, std::uint64_t first, std::uint64_t last,
                     const Visit& visit);

  private:
    void open(const Options& options);
    void create_tables(const std::string& log_id);
    AppendResult attempt(const std::function<void()>& write);
    void commit(const std::vector<std::string>& records);

    FileLock lock_;
    std::unique_ptr<Database> database_;
    std::optional<WriteAheadLog> write_ahead_;
    std::unique_ptr<Statement> insert_;
    std::string log_id_;
    std::string last_hash_;  // the worker's, once appending has begun
    bool failed_ = false;    // likewise: what is on disk is unknown
    std::atomic<std::uint64_t> last_index_ = 0;
    std::atomic<std::int64_t> last_append_us_ = 0;
    Worker worker_;  // last: it uses all of the above
};

}  // namespace gavel::auction
