#include "services/auction/snapshotter.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "common/limits.h"
#include "common/logging/logging.h"
#include "common/runtime/courtesy.h"
#include "common/storage/durable_file.h"
#include "services/auction/hash_chain.h"
#include "services/auction/sqlite_log.h"

namespace gavel::auction {
namespace {

constexpr auto suffix = ".snapshot-";

// The log that it belongs to, the book, and a hash over both.
std::string seal(const std::string& log_id, const AuctionBook& book) {
    ByteWriter out;
    out.text(log_id);
    out.text(book.serialize());
    std::string bytes = out.take();
    bytes += HashChain::next({}, book.last_index(), bytes);
    return bytes;
}

AuctionBook unseal(const std::string& log_id, std::uint64_t index, std::string_view bytes) {
    constexpr std::size_t hash_bytes = 32;
    if (bytes.size() < hash_bytes) throw MalformedBytes("the file is too short");
    const std::string_view content = bytes.substr(0, bytes.size() - hash_bytes);
    if (HashChain::next({}, index, content) != bytes.substr(content.size())) {
        throw MalformedBytes("the hash does not match");
    }
    ByteReader in(content);
    if (in.text_view() != log_id) throw MalformedBytes("it belongs to another log");
    AuctionBook book = AuctionBook::deserialize(in.text_view());
    if (book.last_index() != index) throw MalformedBytes("the index does not match its name");
    return book;
}

// Empty when it cannot be read.
std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const auto size = file.tellg();
    if (size <= 0) return {};
    std::string bytes(static_cast<std::size_t>(size), '\0');
    file.seekg(0);
    file.read(bytes.data(), size);
    return file ? bytes : std::string();
}

// Looks at the file's head alone.
bool is_of_log(const std::string& path, const std::string& log_id) {
    ByteWriter expected;
    expected.text(log_id);
    std::string head(expected.bytes().size(), '\0');
    std::ifstream file(path, std::ios::binary);
    return file.read(head.data(), static_cast<std::streamsize>(head.size())) &&
           head == expected.bytes();
}

}  // namespace

std::string SnapshotFiles::path_of(std::uint64_t index) const {
    return log_path_ + suffix + std::to_string(index);
}

std::vector<std::pair<std::uint64_t, std::string>> SnapshotFiles::newest_first() const {
    const std::filesystem::path log = std::filesystem::absolute(log_path_);
    const std::string prefix = log.filename().string() + suffix;
    std::vector<std::pair<std::uint64_t, std::string>> found;
    for (const auto& entry : std::filesystem::directory_iterator(log.parent_path())) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        std::uint64_t index = 0;
        const char* const end = name.data() + name.size();
        const auto [rest, error] = std::from_chars(name.data() + prefix.size(), end, index);
        if (error == std::errc() && rest == end) found.emplace_back(index, entry.path().string());
    }
    std::sort(found.rbegin(), found.rend());
    return found;
}

std::optional<AuctionBook> SnapshotFiles::load_newest(const std::string& log_id,
                                                      std::uint64_t max_index) const {
    for (const auto& [index, path] : newest_first()) {
        try {
            if (index > max_index) throw MalformedBytes("it is beyond what can be used");
            return unseal(log_id, index, read_whole(path));
        } catch (const MalformedBytes& error) {
            service_logger("auction_service")
                ->warn("snapshot {} is not used: {}", path, error.what());
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> SnapshotFiles::find_beyond(const std::string& log_id,
                                                        std::uint64_t index) const {
    for (const auto& [told_index, path] : newest_first()) {
        if (told_index <= index) break;
        try {
            return unseal(log_id, told_index, read_whole(path)).last_index();
        } catch (const MalformedBytes&) {
            continue;  // it proves nothing
        }
    }
    return std::nullopt;
}

void SnapshotFiles::save(const std::string& log_id, const AuctionBook& book) const {
    write_durably(path_of(book.last_index()), seal(log_id, book));
    // Those of another log are not ours to remove, and crowd out none of ours.
    std::size_t kept = 0;
    for (const auto& [index, old_path] : newest_first()) {
        if (!is_of_log(old_path, log_id)) continue;
        if (++kept > limits::snapshots_kept) std::filesystem::remove(old_path);
    }
}

Snapshotter::Snapshotter(std::string log_path, std::string log_id, std::uint64_t interval_entries,
                         std::uint64_t last_snapshot_index)
    : log_path_(std::move(log_path)),
      log_id_(std::move(log_id)),
      interval_entries_(interval_entries),
      last_requested_index_(last_snapshot_index),
      worker_("snapshots", Worker::default_max_queued, Worker::Priority::background) {}

Snapshotter::~Snapshotter() {
    stopping_ = true;  // a replay that is under way gives up: the worker is joined next
}

void Snapshotter::log_reached(std::uint64_t index) {
    if (index < last_requested_index_ + interval_entries_ || busy_.exchange(true)) return;
    last_requested_index_ = index;
    if (!worker_.submit([this, index] {
            make_snapshot(index);
            busy_ = false;
        })) {
        busy_ = false;
    }
}

void Snapshotter::make_snapshot(std::uint64_t index) {
    struct Stopped {};
    try {
        const SnapshotFiles files(log_path_);
        AuctionBook book = files.load_newest(log_id_, index).value_or(AuctionBook());
        Courtesy courtesy;
        SqliteLog::read(log_path_, book.last_index() + 1, index,
                        [&](std::uint64_t entry, std::string_view record) {
                            if (stopping_) throw Stopped();
                            book.apply(decode(record), entry);
                            courtesy.step();
                        });
        files.save(log_id_, book);
        service_logger("auction_service")->info("snapshot of the book at entry {} written", index);
    } catch (const Stopped&) {
        return;
    } catch (const std::exception& error) {
        // Only the next start takes longer.
        service_logger("auction_service")->warn("no snapshot was written: {}", error.what());
    }
}

}  // namespace gavel::auction
