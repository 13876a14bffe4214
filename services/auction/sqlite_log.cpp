#include "services/auction/sqlite_log.h"

#include <cassert>
#include <chrono>
#include <random>

#include "common/logging/logging.h"
#include "services/auction/hash_chain.h"

namespace gavel::auction {
namespace {

constexpr int application_id = 0x4756'4c31;  // "GVL1": tells our files from others
constexpr int file_layout = 1;

std::string random_log_id() {
    static constexpr char digits[] = "0123456789abcdef";
    std::random_device device;
    std::string id;
    for (int i = 0; i < 12; ++i) id += digits[device() & 15];
    return id;
}

[[noreturn]] void damaged(const std::string& path, const std::string& what) {
    throw LogDamaged(path + ": " + what +
                     "; restore the data folder from a backup, or move it away to start empty");
}

// Reads records in order and checks that each follows from the one before it.
class ChainReader {
  public:
    ChainReader(Database& database, std::uint64_t first) : database_(database), next_(first) {
        if (first > 1) {
            Statement before(database, "SELECT hash FROM entries WHERE idx = ?");
            before.bind(1, first - 1);
            if (!before.step()) {
                damaged(database.path(), "entry " + std::to_string(first - 1) + " is missing");
            }
            hash_ = before.column_bytes(0);
        } else {
            hash_ = HashChain::start(
                database.query_text("SELECT value FROM meta WHERE key = 'log_id'"));
        }
    }

    void visit_through(std::uint64_t last, const CommandLog::Visit& visit) {
        Statement rows(database_,
                       "SELECT idx, record, hash FROM entries WHERE idx BETWEEN ? AND ? "
                       "ORDER BY idx");
        rows.bind(1, next_).bind(2, last);
        while (rows.step()) {
            const auto index = static_cast<std::uint64_t>(rows.column_int(0));
            if (index != next_) missing();
            const std::string_view record = rows.column_bytes(1);
            hash_ = HashChain::next(hash_, index, record);
            if (hash_ != rows.column_bytes(2)) {
                damaged(database_.path(), "entry " + std::to_string(index) +
                                              " does not match its hash: it, or one before it, "
                                              "was altered");
            }
            visit(index, record);
            ++next_;
        }
        if (next_ != last + 1) missing();
    }

    const std::string& hash() const { return hash_; }

  private:
    [[noreturn]] void missing() const {
        damaged(database_.path(), "entry " + std::to_string(next_) + " is missing");
    }

    Database& database_;
    std::uint64_t next_;
    std::string hash_;
};

}  // namespace

SqliteLog::SqliteLog(const Options& options) : lock_(options.path + ".lock"), worker_("log") {
    try {
        open(options);
    } catch (const StorageError& error) {
        if (error.kind() == StorageError::Kind::corrupt) damaged(options.path, error.what());
        throw;
    }
}

SqliteLog::~SqliteLog() = default;

void SqliteLog::open(const Options& options) {
    database_ =
        std::make_unique<Database>(options.path, Database::Mode::read_write_create, options.vfs);
    const std::string found = database_->query_text("PRAGMA application_id");
    const bool fresh = database_->query_text("SELECT count(*) FROM sqlite_master") == "0";
    if (!fresh && found != std::to_string(application_id)) {
        damaged(options.path, "this is an SQLite database, but not an auction log");
    }
    write_ahead_.emplace(*database_, options.merge_pages);
    database_->execute("PRAGMA synchronous=" + options.synchronous);
    if (fresh) create_tables(options.log_id);
    write_ahead_->merge_leftovers();
    if (database_->query_text("PRAGMA user_version") != std::to_string(file_layout)) {
        damaged(options.path, "it was written by a version with another file layout");
    }
    log_id_ = database_->query_text("SELECT value FROM meta WHERE key = 'log_id'");
    if (log_id_.empty()) damaged(options.path, "it has no log id");
    Statement last(*database_, "SELECT coalesce(max(idx), 0) FROM entries");
    last.step();
    last_index_ = static_cast<std::uint64_t>(last.column_int(0));
    last_hash_ = ChainReader(*database_, last_index_ + 1).hash();
    write_ahead_->grow();
    insert_ = std::make_unique<Statement>(*database_,
                                          "INSERT INTO entries(idx, record, hash) VALUES(?, ?, ?)");
}

void SqliteLog::create_tables(const std::string& log_id) {
    Transaction transaction(*database_);
    database_->execute("PRAGMA application_id=" + std::to_string(application_id));
    database_->execute("PRAGMA user_version=" + std::to_string(file_layout));
    database_->execute(
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE entries(idx INTEGER PRIMARY KEY, record BLOB NOT NULL, hash BLOB NOT NULL)");
    Statement insert(*database_, "INSERT INTO meta(key, value) VALUES('log_id', ?)");
    const std::string id = log_id.empty() ? random_log_id() : log_id;
    insert.bind_text(1, id).run();
    transaction.commit();
}

void SqliteLog::replay(std::uint64_t first, const Visit& visit) {
    if (first > last_index_) return;
    try {
        ChainReader(*database_, first).visit_through(last_index_, visit);
    } catch (const StorageError& error) {
        if (error.kind() == StorageError::Kind::corrupt) damaged(database_->path(), error.what());
        throw;
    }
}

void SqliteLog::read(const std::string& path, std::uint64_t first, std::uint64_t last,
                     const Visit& visit) {
    Database database(path, Database::Mode::read_only);
    ChainReader(database, first).visit_through(last, visit);
}

void SqliteLog::append(std::vector<std::string> records, Appended appended) {
    const bool queued = worker_.submit([this, records = std::move(records), appended] {
        const auto begin = std::chrono::steady_clock::now();
        const auto result = failed_ ? AppendResult::failed : attempt([&] { commit(records); });
        last_append_us_ = std::chrono::duration_cast<std::chrono::microseconds>(
                              std::chrono::steady_clock::now() - begin)
                              .count();
        appended(result);
        // The next batch is being put together meanwhile. What was appended stays so.
        if (!failed_) attempt([&] { write_ahead_->merge_when_due(); });
    });
    assert(queued);  // one append is in flight at most
    static_cast<void>(queued);
}

AppendResult SqliteLog::attempt(const std::function<void()>& write) {
    try {
        write();
        return AppendResult::durable;
    } catch (const StorageError& error) {
        service_logger("auction_service")->error("cannot append to the log: {}", error.what());
        if (error.kind() == StorageError::Kind::full) return AppendResult::full;
        failed_ = true;
        return AppendResult::failed;
    }
}

void SqliteLog::commit(const std::vector<std::string>& records) {
    Transaction transaction(*database_);
    std::uint64_t index = last_index_;
    std::string hash = last_hash_;
    for (const auto& record : records) {
        hash = HashChain::next(hash, ++index, record);
        insert_->bind(1, index).bind_blob(2, record).bind_blob(3, hash).run();
    }
    transaction.commit();
    last_hash_ = std::move(hash);
    last_index_ = index;
}

}  // namespace gavel::auction
