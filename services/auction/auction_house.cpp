#include "services/auction/auction_house.h"

#include <filesystem>
#include <random>
#include <stdexcept>

#include "common/limits.h"
#include "common/logging/logging.h"
#include "services/auction/memory_log.h"
#include "services/auction/sqlite_log.h"

namespace gavel::auction {
namespace {

// Replayed events go to the store in pieces of this many entries.
constexpr std::size_t replay_store_batch_entries = 10'000;

std::string random_memory_log_id() {
    std::random_device device;
    return "m" + std::to_string(device()) + std::to_string(device());
}

// A file that was cut to nothing looks like a new one; what stands beside it tells otherwise.
void refuse_emptied_log(const CommandLog& log, const std::string& path) {
    if (log.last_index() > 0) return;
    const auto told = EventStore::look_into(path + ".events");
    if (!told || told->reached_index == 0 || told->log_id == log.log_id()) return;
    throw LogDamaged(path + ": the log is empty, but " + path + ".events tells of a log with " +
                     std::to_string(told->reached_index) +
                     " entries: it was deleted or cut off; restore the data folder from a backup, "
                     "or move all of it away to start empty");
}

// A snapshot is made of entries that are on disk, so a log that ends before one has lost some.
void refuse_shortened_log(const CommandLog& log, const std::string& path) {
    const auto told = SnapshotFiles(path).find_beyond(log.log_id(), log.last_index());
    if (!told) return;
    throw LogDamaged(path + ": the log ends at entry " + std::to_string(log.last_index()) +
                     ", but a snapshot holds the book at entry " + std::to_string(*told) +
                     ": acknowledged entries are missing; restore the data folder from a "
                     "backup, or move it away to start empty");
}

}  // namespace

AuctionLogLocation AuctionLogLocation::parse(const std::string& text) {
    constexpr std::string_view sqlite = "sqlite:";
    if (text == "memory:") return {true, {}};
    if (text.starts_with(sqlite) && text.size() > sqlite.size()) {
        return {false, text.substr(sqlite.size())};
    }
    throw std::invalid_argument("AUCTION_LOG must be memory: or sqlite:PATH, not \"" + text + "\"");
}

AuctionHouse::AuctionHouse(Scheduler& scheduler, const Options& options) : scheduler_(scheduler) {
    recover(options);
    // Stamps never fall behind the book, even when the wall clock was set back meanwhile. It is
    // read here, after the recovery and right before it is anchored: stamps do not lag behind it.
    clock_ = std::make_unique<AnchoredClock>(
        scheduler, std::max(options.unix_now_us(), live_.book().time_us()));
    sequencer_ = std::make_unique<CommandSequencer>(live_, *log_, scheduler, *clock_);
    sequencer_->on_events([this](EntryEvents events) { feed_->add(std::move(events)); });
    sequencer_->on_batch([this](std::uint64_t index) {
        feed_->publish(index);
        if (snapshotter_) snapshotter_->log_reached(index);
        heads_notice_.look(live_.book());
    });
    heads_notice_.skip(live_.book());
    sequencer_->on_fatal(options.on_fatal);
}

AuctionHouse::~AuctionHouse() = default;

void AuctionHouse::start() {
    sequencer_->start();
}

void AuctionHouse::submit(Command command, Done done) {
    sequencer_->submit(std::move(command), std::move(done));
}

void AuctionHouse::submit_if(Unchanged condition, Command command, Done done) {
    sequencer_->submit(std::move(command), std::move(done), condition);
}

void AuctionHouse::recover(const Options& options) {
    if (options.log.in_memory) {
        log_ = std::make_unique<MemoryLog>(random_memory_log_id());
        feed_ = std::make_unique<EventFeed>(scheduler_, nullptr, nullptr, 0);
        return;
    }
    const std::string& path = options.log.path;
    log_ = std::make_unique<SqliteLog>(SqliteLog::Options{path, "", "FULL"});
    refuse_emptied_log(*log_, path);
    store_ = std::make_unique<EventStore>(path + ".events", log_->log_id());
    if (store_->reached_index() > log_->last_index()) {
        throw LogDamaged(path + ": the log ends at entry " + std::to_string(log_->last_index()) +
                         ", but events were told up to entry " +
                         std::to_string(store_->reached_index()) +
                         ": acknowledged entries are missing; restore the data folder from a "
                         "backup, or move it away to start empty");
    }
    refuse_shortened_log(*log_, path);
    const std::uint64_t usable_index = store_->reached_index();
    if (auto snapshot = SnapshotFiles(path).load_newest(log_->log_id(), usable_index)) {
        live_ = LiveBook(std::move(*snapshot));
    }
    const std::uint64_t snapshot_index = live_.book().last_index();
    replay(snapshot_index);
    store_worker_ = std::make_unique<Worker>("events", Worker::default_max_queued,
                                             Worker::Priority::background);
    feed_ = std::make_unique<EventFeed>(scheduler_, store_.get(), store_worker_.get(),
                                        live_.book().last_index());
    snapshotter_ = std::make_unique<Snapshotter>(path, log_->log_id(),
                                                 options.snapshot_interval_entries, snapshot_index);
    snapshotter_->log_reached(live_.book().last_index());
}

void AuctionHouse::replay(std::uint64_t snapshot_index) {
    const std::int64_t begin_us = scheduler_.now_us();
    std::vector<EntryEvents> unstored;
    log_->replay(snapshot_index + 1, [&](std::uint64_t index, std::string_view record) {
        EntryEvents events = live_.apply(decode(record), index > store_->reached_index()).events;
        if (index <= store_->reached_index()) return;
        if (events.count > 0) unstored.push_back(std::move(events));
        if (unstored.size() >= replay_store_batch_entries) {
            store_->append(unstored, index);
            unstored.clear();
        }
    });
    if (store_->reached_index() < live_.book().last_index())
        store_->append(unstored, live_.book().last_index());
    service_logger("auction_service")
        ->info("log {}: {} entries, of which {} came from a snapshot; {} auctions; {} ms",
               log_->log_id(), live_.book().last_index(), snapshot_index,
               live_.book().auctions().size(), (scheduler_.now_us() - begin_us) / 1000);
}

}  // namespace gavel::auction
