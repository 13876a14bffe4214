#include "services/runner/transfer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/bytes/byte_reader.h"
#include "common/crypto/sha256.h"
#include "common/runtime/file_descriptor.h"
#include "common/storage/sqlite.h"
#include "services/auction/auction_book.h"
#include "services/auction/hash_chain.h"
#include "services/auction/proof.h"
#include "services/auction/sqlite_log.h"

namespace gavel {
namespace {

using nlohmann::json;

constexpr std::size_t import_batch_entries = 10'000;

// A new file with this mode; nobody else's is written over.
std::ofstream new_file(const std::string& path, mode_t mode) {
    const FileDescriptor made(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode));
    if (made.get() < 0) throw std::runtime_error("cannot make " + path + "; is it there already?");
    return std::ofstream(path, std::ios::binary | std::ios::app);
}

void finish(std::ofstream& out, const std::string& path) {
    out.flush();
    if (!out) throw std::runtime_error("cannot write " + path + "; is the disk full?");
}

struct LogHead {
    std::string id;
    std::uint64_t last = 0;
};

LogHead head_of(const std::string& log_path) {
    Database database(log_path, Database::Mode::read_only);
    return {database.query_text("SELECT value FROM meta WHERE key = 'log_id'"),
            std::stoull(database.query_text("SELECT coalesce(max(idx), 0) FROM entries"))};
}

[[noreturn]] void refuse(const std::string& path, std::uint64_t line, const std::string& what) {
    throw std::runtime_error(path + " line " + std::to_string(line) + ": " + what);
}

// Reads the lines of a complete export and checks that each follows from the one before it.
class ExportReader {
  public:
    explicit ExportReader(const std::string& path) : path_(path), in_(path, std::ios::binary) {
        const json header = next();
        if (header.value("gavel", "") != "export" || header.value("version", 0) != 1) {
            refuse(path_, 1, "this is no complete export of version 1");
        }
        log_id_ = header.value("log_id", "");
        entries_ = header.value("entries", std::uint64_t{0});
        hash_ = auction::HashChain::start(log_id_);
    }

    const std::string& log_id() const { return log_id_; }
    std::uint64_t entries() const { return entries_; }

    // The record of the entry with this index, the one after the last.
    std::string read(std::uint64_t index) {
        const json entry = next();
        if (entry.value("index", std::uint64_t{0}) != index) {
            refuse(path_, line_, "entry " + std::to_string(index) + " is missing");
        }
        const auto record = from_hex(entry.value("record", ""));
        if (!record) refuse(path_, line_, "the record is damaged");
        hash_ = chain_.next(hash_, index, *record);
        if (to_hex(hash_) != entry.value("hash", "")) {
            refuse(path_, line_, "entry " + std::to_string(index) + " was altered");
        }
        try {
            auction::decode(*record);
        } catch (const MalformedBytes& error) {
            refuse(path_, line_, error.what());
        }
        return *record;
    }

    void expect_end() {
        std::string rest;
        if (std::getline(in_, rest)) refuse(path_, line_ + 1, "there is more than was exported");
    }

  private:
    json next() {
        ++line_;
        std::string text;
        if (!std::getline(in_, text)) refuse(path_, line_, "it ends before it was to");
        auto object = json::parse(text, nullptr, false);
        if (!object.is_object()) refuse(path_, line_, "it is no JSON object");
        return object;
    }

    std::string path_;
    std::ifstream in_;
    std::uint64_t line_ = 0;
    std::string log_id_;
    std::uint64_t entries_ = 0;
    auction::HashChain chain_;
    std::string hash_;
};

void append(auction::SqliteLog& log, std::vector<std::string> records) {
    if (records.empty()) return;
    std::promise<auction::AppendResult> promise;
    log.append(std::move(records),
               [&promise](auction::AppendResult result) { promise.set_value(result); });
    if (promise.get_future().get() != auction::AppendResult::durable) {
        throw std::runtime_error("the log cannot be written; is the disk full?");
    }
}

void fill(const std::string& log_path, ExportReader& reader) {
    auction::SqliteLog log({log_path, "", "FULL", reader.log_id()});
    std::vector<std::string> records;
    for (std::uint64_t index = 1; index <= reader.entries(); ++index) {
        records.push_back(reader.read(index));
        if (records.size() == import_batch_entries) append(log, std::exchange(records, {}));
    }
    append(log, std::move(records));
    reader.expect_end();
}

void remove_log(const std::string& log_path) {
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
        std::filesystem::remove(log_path + suffix);
    }
}

}  // namespace

std::size_t export_log(const std::string& log_path, const std::string& file_path) {
    const LogHead head = head_of(log_path);
    std::ofstream out = new_file(file_path, 0600);
    out << json({{"gavel", "export"}, {"version", 1}, {"log_id", head.id}, {"entries", head.last}})
        << "\n";
    auction::HashChain chain;
    std::string hash = auction::HashChain::start(head.id);
    auction::SqliteLog::read(
        log_path, 1, head.last, [&](std::uint64_t index, std::string_view record) {
            hash = chain.next(hash, index, record);
            out << R"({"index":)" << index << R"(,"time_us":)" << auction::decode(record).stamp_us
                << R"(,"record":")" << to_hex(record) << R"(","hash":")" << to_hex(hash) << "\"}\n";
        });
    finish(out, file_path);
    return head.last;
}

std::size_t export_public(const std::string& log_path, const std::string& file_path) {
    const LogHead head = head_of(log_path);
    auction::AuctionBook book;
    auction::SqliteLog::read(log_path, 1, head.last,
                             [&book](std::uint64_t index, std::string_view record) {
                                 book.apply(auction::decode(record), index);
                             });
    std::ofstream out = new_file(file_path, 0644);
    std::size_t count = 0;
    for (const auto& auction : book.auctions()) {
        if (!auction->journal.is_kept() || auction::hides_its_bids(*auction)) continue;
        out << auction::proof_of(*auction, head.id);
        ++count;
    }
    finish(out, file_path);
    return count;
}

std::size_t import_log(const std::string& file_path, const std::string& log_path) {
    if (std::filesystem::exists(log_path)) {
        throw std::runtime_error(log_path + " exists; an import makes a new log");
    }
    ExportReader reader(file_path);
    try {
        fill(log_path, reader);
    } catch (...) {
        remove_log(log_path);
        throw;
    }
    return reader.entries();
}

}  // namespace gavel
