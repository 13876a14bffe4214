#include "services/auction/auction_house.h"

#include <filesystem>
#include <random>
#include <stdexcept>

#include "common/feed/feed_event.h"
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

FeedEvent::Type feed_type(BookEvent::Type type) {
    switch (type) {
        case BookEvent::Type::created: return FeedEvent::Type::created;
        case BookEvent::Type::bid: return FeedEvent::Type::bid;
        case BookEvent::Type::closed: return FeedEvent::Type::closed;
        case BookEvent::Type::ended: break;
    }
    return FeedEvent::Type::ended;
}

FeedEvent feed_event(std::uint64_t index, const BookEvent& event, const Auction& auction) {
    FeedEvent told;
    told.index = index;
    told.n = event.n;
    told.type = feed_type(event.type);
    told.auction_id = event.auction_id;
    told.time_us = event.time_us;
    if (event.type == BookEvent::Type::created) {
        told.name = auction.name;
        told.description = auction.description;
        told.starting_bid = auction.starting_bid;
        told.duration_seconds = auction.duration_seconds;
        told.closing_time_us = auction.closing_time_us;
    } else if (event.type == BookEvent::Type::bid) {
        told.bidder = auction.bids.at(event.bid_number).bidder;
        told.amount = auction.bids.at(event.bid_number).amount;
    } else {
        told.bidder = auction.highest_bidder();
        told.amount = auction.current_bid();
    }
    return told;
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
    const std::int64_t anchored_at_us = scheduler.now_us();
    recover(options);
    // The recovery took its time, which the clock must not lag behind by.
    const std::int64_t unix_now_us = options.unix_now_us + (scheduler.now_us() - anchored_at_us);
    // Stamps never fall behind the book, even when the wall clock was set back meanwhile.
    clock_ = std::make_unique<AnchoredClock>(scheduler, std::max(unix_now_us, book_.time_us()));
    sequencer_ = std::make_unique<CommandSequencer>(book_, *log_, scheduler, *clock_);
    sequencer_->on_applied([this](const Applied& applied) {
        for (const auto& event : applied.events) take_in_event(event);
        EntryEvents events = entry_events(applied);
        if (events.count > 0) feed_->add(std::move(events));
    });
    sequencer_->on_batch([this](std::uint64_t index) {
        feed_->publish(index);
        if (snapshotter_) snapshotter_->log_reached(index);
    });
    sequencer_->on_fatal(options.on_fatal);
}

AuctionHouse::~AuctionHouse() = default;

void AuctionHouse::start() {
    sequencer_->start();
}

void AuctionHouse::submit(Command command, CommandSequencer::Done done) {
    sequencer_->submit(std::move(command), std::move(done));
}

const contract::AuctionDocument* AuctionHouse::document(AuctionId id) const {
    const auto found = documents_.find(id);
    return found == documents_.end() ? nullptr : &found->second;
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
        book_ = std::move(*snapshot);
    }
    const std::uint64_t snapshot_index = book_.last_index();
    replay(snapshot_index);
    store_worker_ = std::make_unique<Worker>("events");
    feed_ = std::make_unique<EventFeed>(scheduler_, store_.get(), store_worker_.get(),
                                        book_.last_index());
    snapshotter_ = std::make_unique<Snapshotter>(path, log_->log_id(),
                                                 options.snapshot_interval_entries, snapshot_index);
    snapshotter_->log_reached(book_.last_index());
}

void AuctionHouse::replay(std::uint64_t snapshot_index) {
    const std::int64_t begin_us = scheduler_.now_us();
    for (const auto& auction : book_.auctions()) {
        auto& document = documents_
                             .try_emplace(auction->id, auction->id, auction->name,
                                          auction->description, auction->starting_bid,
                                          auction->duration_seconds, auction->closing_time_us)
                             .first->second;
        for (const auto& bid : auction->bids) {
            document.add_bid(bid.bidder, bid.amount, bid.time_us);
        }
        document.set_status(auction->status);
    }
    std::vector<EntryEvents> unstored;
    log_->replay(snapshot_index + 1, [&](std::uint64_t index, std::string_view record) {
        const Applied applied = book_.apply(decode(record), index);
        for (const auto& event : applied.events) take_in_event(event);
        if (index <= store_->reached_index()) return;
        EntryEvents events = entry_events(applied);
        if (events.count > 0) unstored.push_back(std::move(events));
        if (unstored.size() >= replay_store_batch_entries) {
            store_->append(unstored, index);
            unstored.clear();
        }
    });
    if (store_->reached_index() < book_.last_index()) store_->append(unstored, book_.last_index());
    service_logger("auction_service")
        ->info("log {}: {} entries, of which {} came from a snapshot; {} auctions; {} ms",
               log_->log_id(), book_.last_index(), snapshot_index, book_.auctions().size(),
               (scheduler_.now_us() - begin_us) / 1000);
}

EntryEvents AuctionHouse::entry_events(const Applied& applied) const {
    EntryEvents events;
    events.index = book_.last_index();
    events.count = static_cast<std::uint32_t>(applied.events.size());
    for (const auto& event : applied.events) {
        if (!events.json.empty()) events.json += ',';
        events.json += to_json_text(feed_event(events.index, event, *book_.find(event.auction_id)));
    }
    return events;
}

void AuctionHouse::take_in_event(const BookEvent& event) {
    const Auction& auction = *book_.find(event.auction_id);
    if (event.type == BookEvent::Type::created) {
        documents_.try_emplace(auction.id, auction.id, auction.name, auction.description,
                               auction.starting_bid, auction.duration_seconds,
                               auction.closing_time_us);
        return;
    }
    auto& document = documents_.at(event.auction_id);
    if (event.type == BookEvent::Type::bid) {
        const Bid& bid = auction.bids.at(event.bid_number);
        document.add_bid(bid.bidder, bid.amount, bid.time_us);
    } else {
        document.set_status(auction.status);
    }
}

}  // namespace gavel::auction
