#pragma once

#include <functional>
#include <string>

#include "common/feed/feed_event.h"
#include "common/storage/exclusive_database.h"

namespace gavel {

// How far the followed log is in a view's file.
struct Reached {
    std::string log_id;  // "": no page has come yet
    std::uint64_t index = 0;
};

// Owns the file in which a view of the feed is kept, with the index it has reached, which changes
// in the same transaction as what the view makes of it. Threads and failures: ExclusiveDatabase.
class ViewFile {
  public:
    // What is in the file, and how it is known.
    struct Format {
        int application_id = 0;
        int schema_version = 1;
        const char* schema = "";     // SQL that makes the view's own tables
        const char* upgrade = "";    // SQL that makes the schema of the version before it this one
        const char* check = "";      // a query that fails where a damage shows
        const char* name = "";       // in messages: "the NAME file …"
        const char* when_lost = "";  // what becomes of it when the file is deleted
    };

    // "" and ":memory:" keep everything in memory. Throws when the file is damaged, another
    // program's or another version's, and says what to do; also when another process has it
    // (std::runtime_error). `vfs`: see Database.
    ViewFile(const std::string& path, const Format& format, const std::string& vfs = "");

    enum class Durability {
        fetched_again,  // the feed has it: not synced one by one
        synced,         // it exists nowhere else: on disk on return
    };
    // All that `work` writes, or nothing.
    void write(Durability durability, const std::function<void()>& work);

    Reached reached();
    // Only within write().
    void set_reached(const FeedPage& page);

    bool in_memory() const { return file_.in_memory(); }
    Database& database() { return file_.database(); }

  private:
    void set_synchronous(Durability durability);

    ExclusiveDatabase file_;
    Statement set_reached_;
    Durability durability_ = Durability::synced;
};

}  // namespace gavel
