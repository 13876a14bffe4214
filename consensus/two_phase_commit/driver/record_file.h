#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/storage/exclusive_database.h"

namespace gavel::two_phase {

// Records in an SQLite file: one row each, and one text beside them. A batch is one transaction
// and one fsync. Processes, threads and failures: ExclusiveDatabase.
class RecordFile {
  public:
    // "" and ":memory:" keep everything in memory. `kind` tells files of one use from others.
    // Throws when the file is damaged, another program's or another version's; also when another
    // process has it (std::runtime_error).
    RecordFile(const std::string& path, int kind);

    struct Row {
        std::string id;
        std::int64_t finished_us = 0;  // 0: it is not
        std::int64_t began_us = 0;
        std::string record;
    };
    using Position = std::pair<std::int64_t, std::int64_t>;  // finished_us, began_us
    struct Batch {
        std::vector<Row> rows;               // each replaces the one of its id
        std::optional<Position> drop_below;  // finished rows
        std::string note;                    // replaces the text
    };

    void write(const Batch& batch);
    std::vector<Row> rows();
    std::string note();

  private:
    ExclusiveDatabase file_;
    Statement put_;
    Statement drop_;
    Statement set_note_;
};

}  // namespace gavel::two_phase
