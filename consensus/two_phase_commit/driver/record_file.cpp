#include "consensus/two_phase_commit/driver/record_file.h"

namespace gavel::two_phase {
namespace {

constexpr int file_layout = 1;
constexpr std::uint64_t merge_pages = 2'000;

constexpr const char* schema = R"(
    CREATE TABLE records(
        id TEXT PRIMARY KEY,
        finished_us INTEGER NOT NULL,
        began_us INTEGER NOT NULL,
        record BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX records_by_end ON records(finished_us, began_us);
    CREATE TABLE note(id INTEGER PRIMARY KEY CHECK(id = 1), text TEXT NOT NULL);
    INSERT INTO note VALUES(1, '');
)";

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw StorageError(StorageError::Kind::corrupt,
                       "the transaction records in " + path + " cannot be used: " + why +
                           ". They say what was promised, so do not delete them while other "
                           "services may ask; choose another DATA_DIR, or restore a backup");
}

void create_or_check(Database& database, int kind) {
    const auto owner = database.query_text("PRAGMA application_id");
    if (database.query_text("SELECT count(*) FROM sqlite_master") == "0" && owner == "0") {
        Transaction creation(database);
        database.execute(schema);
        database.execute("PRAGMA application_id = " + std::to_string(kind));
        database.execute("PRAGMA user_version = " + std::to_string(file_layout));
        creation.commit();
        return;
    }
    if (owner != std::to_string(kind)) refuse(database.path(), "it belongs to something else");
    if (database.query_text("PRAGMA user_version") != std::to_string(file_layout)) {
        refuse(database.path(), "it was written by a version with another file layout");
    }
}

void prepare(Database& database, int kind) {
    try {
        create_or_check(database, kind);
    } catch (const StorageError& error) {
        if (error.kind() != StorageError::Kind::corrupt) throw;
        refuse(database.path(), error.what());
    }
}

}  // namespace

RecordFile::RecordFile(const std::string& path, int kind)
    : file_(path, {merge_pages, "", [&](Database& database) { prepare(database, kind); }}),
      put_(file_.database(),
           "INSERT INTO records(id, finished_us, began_us, record) VALUES(?1, ?2, ?3, ?4)"
           " ON CONFLICT(id) DO UPDATE SET finished_us = ?2, began_us = ?3, record = ?4"),
      drop_(file_.database(),
            "DELETE FROM records WHERE finished_us > 0 AND (finished_us, began_us) < (?1, ?2)"),
      set_note_(file_.database(), "UPDATE note SET text = ?1") {}

void RecordFile::write(const Batch& batch) {
    file_.write([&] {
        for (const auto& row : batch.rows) {
            put_.bind_text(1, row.id).bind(2, row.finished_us).bind(3, row.began_us);
            put_.bind_blob(4, row.record).run();
        }
        if (batch.drop_below) {
            drop_.bind(1, batch.drop_below->first).bind(2, batch.drop_below->second).run();
        }
        set_note_.bind_text(1, batch.note).run();
    });
}

std::vector<RecordFile::Row> RecordFile::rows() {
    std::vector<Row> rows;
    Statement select(file_.database(),
                     "SELECT id, finished_us, began_us, record FROM records ORDER BY began_us");
    while (select.step()) {
        rows.push_back({std::string(select.column_bytes(0)), select.column_int(1),
                        select.column_int(2), std::string(select.column_bytes(3))});
    }
    return rows;
}

std::string RecordFile::note() {
    return file_.database().query_text("SELECT text FROM note");
}

}  // namespace gavel::two_phase
