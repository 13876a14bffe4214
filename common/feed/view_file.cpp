#include "common/feed/view_file.h"

#include "common/limits.h"

namespace gavel {
namespace {

constexpr const char* meta_schema = R"(
    CREATE TABLE meta(id INTEGER PRIMARY KEY CHECK(id = 1), log_id TEXT, idx INTEGER);
    INSERT INTO meta VALUES(1, '', 0);
)";

// Creates the tables in an empty file. Tells why the file cannot be used, "" when it can.
std::string create_or_check(Database& database, const ViewFile::Format& format) {
    const auto owner = database.query_text("PRAGMA application_id");
    const auto version = database.query_text("PRAGMA user_version");
    const bool empty = database.query_text("SELECT count(*) FROM sqlite_master") == "0";
    if (empty && owner == "0" && version == "0") {
        Transaction creation(database);
        database.execute(format.schema);
        database.execute(meta_schema);
        database.execute("PRAGMA application_id = " + std::to_string(format.application_id));
        database.execute("PRAGMA user_version = " + std::to_string(format.schema_version));
        creation.commit();
        return "";
    }
    if (owner != std::to_string(format.application_id)) return "it belongs to another program";
    const bool older = version == std::to_string(format.schema_version - 1);
    if (older && *format.upgrade != '\0') {
        Transaction change(database);
        database.execute(format.upgrade);
        database.execute("PRAGMA user_version = " + std::to_string(format.schema_version));
        change.commit();
    } else if (version != std::to_string(format.schema_version)) {
        return "its schema has version " + version + ", this program knows version " +
               std::to_string(format.schema_version);
    }
    database.query_text(format.check);
    return database.query_text("SELECT count(*) FROM meta") == "1" ? "" : "it is damaged";
}

void prepare(Database& database, const ViewFile::Format& format) {
    std::string why_not;
    try {
        why_not = create_or_check(database, format);
    } catch (const StorageError& error) {
        if (error.kind() != StorageError::Kind::corrupt) throw;
        why_not = error.what();
    }
    if (!why_not.empty()) {
        throw StorageError(StorageError::Kind::corrupt,
                           std::string("the ") + format.name + " file " + database.path() +
                               " cannot be used: " + why_not +
                               ". Delete it with its -wal and -shm files and start again: " +
                               format.when_lost + ". Or name another file");
    }
}

}  // namespace

ViewFile::ViewFile(const std::string& path, const Format& format, const std::string& vfs)
    : file_(path, {limits::view_merge_pages, vfs,
                   [&](Database& database) { prepare(database, format); }}),
      set_reached_(file_.database(), "UPDATE meta SET log_id = ?1, idx = ?2") {}

Reached ViewFile::reached() {
    Statement statement(file_.database(), "SELECT log_id, idx FROM meta");
    statement.step();
    return {std::string(statement.column_bytes(0)),
            static_cast<std::uint64_t>(statement.column_int(1))};
}

void ViewFile::set_reached(const FeedPage& page) {
    set_reached_.bind_text(1, page.log_id).bind(2, page.index).run();
}

void ViewFile::write(Durability durability, const std::function<void()>& work) {
    set_synchronous(durability);
    file_.write(work);
}

void ViewFile::set_synchronous(Durability durability) {
    if (durability == durability_) return;
    file_.database().execute(durability == Durability::synced ? "PRAGMA synchronous = FULL"
                                                              : "PRAGMA synchronous = NORMAL");
    durability_ = durability;
}

}  // namespace gavel
