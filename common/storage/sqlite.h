#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace gavel {

// What went wrong in the database, by what one can do about it.
class StorageError : public std::runtime_error {
  public:
    enum class Kind {
        full,         // no room: nothing was changed, works again when there is room
        sync_failed,  // fsync failed: what is on disk is unknown; the process must end
        corrupt,      // the file is damaged or no database
        other,
    };
    StorageError(Kind kind, const std::string& message)
        : std::runtime_error(message), kind_(kind) {}
    Kind kind() const { return kind_; }

  private:
    Kind kind_;
};

// One connection to an SQLite database. Used by one thread at a time. Every failure is a
// StorageError that names the file.
class Database {
  public:
    enum class Mode { read_write_create, read_only };

    // `vfs` picks one of SQLite's registered file systems; "" is the default one.
    explicit Database(const std::string& path, Mode mode = Mode::read_write_create,
                      const std::string& vfs = "");

    // Runs one or more statements that give no rows.
    void execute(const std::string& sql);
    // The first column of the first row, as text; "" when there is none.
    std::string query_text(const std::string& sql);

    std::int64_t last_insert_rowid() const;

    // For who turns `wal_autocheckpoint` off, because SQLite hides the errors of its own merges, a
    // failed fsync included: the pages written since it was last asked, and a merge of the
    // write-ahead log into the database. False when a reader that holds an older state was in the
    // way of some of it.
    std::uint64_t take_pages_written();
    bool checkpoint();

    const std::string& path() const { return path_; }
    sqlite3* handle() const { return handle_.get(); }

    // Throws the StorageError for an SQLite result code other than success.
    void check(int result, const char* what) const;

  private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    std::string path_;
    std::unique_ptr<sqlite3, Close> handle_;
};

// One prepared statement, to be bound, stepped and reset many times. Parameters count from 1,
// columns from 0, as in SQLite. Must not outlive its database.
class Statement {
  public:
    Statement(Database& database, std::string_view sql);

    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, std::uint64_t value) {
        return bind(parameter, static_cast<std::int64_t>(value));
    }
    // Borrows the bytes until reset().
    Statement& bind_text(int parameter, std::string_view value);
    Statement& bind_blob(int parameter, std::string_view value);
    Statement& bind_null(int parameter);

    // True while there is a row.
    bool step();
    // Steps a statement that gives no rows, then resets it.
    void run();
    void reset();

    std::int64_t column_int(int column) const;
    // Valid until the next step() or reset().
    std::string_view column_bytes(int column) const;
    bool column_is_null(int column) const;

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    Database* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Resets a statement at the end of a scope, however that is left: until then it holds its rows, and
// with them the database's state.
class Resetting {
  public:
    explicit Resetting(Statement& statement) : statement_(statement) {}
    ~Resetting() { statement_.reset(); }
    Resetting(const Resetting&) = delete;
    Resetting& operator=(const Resetting&) = delete;

  private:
    Statement& statement_;
};

// Begins a write transaction; rolls back unless committed.
class Transaction {
  public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    // Durable on return, as far as the connection's `synchronous` setting promises.
    void commit();

  private:
    Database& database_;
    bool open_ = true;
};

}  // namespace gavel
