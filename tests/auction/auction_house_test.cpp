#include "services/auction/auction_house.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/auction/appended.h"
#include "tests/auction/commands.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/waiting_scheduler.h"

namespace gavel::auction {
namespace {

// One run of the service over a data folder.
struct Run {
    testing::WaitingScheduler scheduler;
    std::unique_ptr<AuctionHouse> house;

    explicit Run(const std::string& path, std::int64_t unix_now_us = start_us,
                 std::uint64_t snapshot_interval_entries = 1'000'000) {
        AuctionHouse::Options options;
        options.log = {false, path};
        options.unix_now_us = [unix_now_us] { return unix_now_us; };
        options.snapshot_interval_entries = snapshot_interval_entries;
        house = std::make_unique<AuctionHouse>(scheduler, options);
        house->start();
    }

    std::optional<Outcome> submit(Command command) {
        bool told = false;
        std::optional<Outcome> result;
        house->submit(std::move(command), [&](Refusal, const Outcome* outcome) {
            told = true;
            if (outcome != nullptr) result = *outcome;
        });
        scheduler.run_until([&] { return told; });
        return result;
    }
    // A few auctions with bids, some closed.
    void play(std::uint64_t seed, int commands) {
        std::mt19937_64 random(seed);
        AuctionId id = 0;
        for (int i = 0; i < commands; ++i) {
            scheduler.advance_ms(7);
            const auto amount = static_cast<std::int64_t>(random() % 1'000 + 1);
            if (id == 0 || random() % 10 == 0) {
                id = submit(create("Lamp", amount / 10 + 1, 3'600))->auction_id;
            } else if (random() % 15 == 0) {
                submit(close(id));
            } else {
                submit(with_key(bid(id, "ann", amount), std::to_string(random() % 500)));
            }
        }
    }
    // All that the feed tells, whether it is in memory or on disk.
    std::string feed() {
        std::string events;
        std::uint64_t after = 0;
        do {
            std::optional<EventFeed::Page> page;
            house->feed().read(after, 10, 0, [&](const EventFeed::Page& read) { page = read; });
            scheduler.run_until([&] { return page.has_value(); });
            REQUIRE_FALSE(page->unavailable);
            if (!events.empty() && !page->events_json.empty()) events += ',';
            events += page->events_json;
            after = page->index;
        } while (after < house->feed().index());
        return events;
    }
    std::string auctions() {
        std::string text;
        for (const auto& auction : house->live().book().auctions()) {
            const auto* document = house->live().document(auction->id);
            REQUIRE(document != nullptr);
            document->append_json(text, document->current());
        }
        return text;
    }
};

struct Data {
    testing::TemporaryDirectory directory;
    std::string path = directory.file("auction.db");
    std::string book;
    std::string feed;
    std::string auctions;
    std::uint64_t last_index = 0;

    // What a run leaves behind.
    void remember(Run& run) {
        book = run.house->live().book().serialize();
        feed = run.feed();
        auctions = run.auctions();
        last_index = run.house->live().book().last_index();
    }
    // A run over what was left shows the same.
    void check(Run& run) {
        CHECK(run.house->live().book().serialize() == book);
        CHECK(run.feed() == feed);
        CHECK(run.auctions() == auctions);
    }
    std::vector<std::string> snapshots() const {
        std::vector<std::string> found;
        for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
            const auto name = file.path().filename().string();
            if (name.find(".snapshot-") != std::string::npos) found.push_back(file.path().string());
        }
        return found;
    }
    // One is made at the start at the latest, by a thread that gives up when the run ends.
    void make_snapshot() const {
        Run run(path, start_us, 20);
        for (int turns = 0; turns < 100'000 && snapshots().empty(); ++turns) {
            run.scheduler.advance_with_threads_ms(0);
        }
    }
    void remove_events() const {
        for (const char* suffix : {".events", ".events-wal", ".events-shm"}) {
            std::filesystem::remove(path + suffix);
        }
    }
};

std::string reason_to_refuse(const std::string& path) {
    try {
        const Run run(path);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string read_file(const std::string& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
}

TEST_CASE("the value of AUCTION_LOG is memory: or sqlite: and a path") {
    CHECK(AuctionLogLocation::parse("memory:").in_memory);
    CHECK(AuctionLogLocation::parse("sqlite:/a b/c.db").path == "/a b/c.db");
    CHECK_FALSE(AuctionLogLocation::parse("sqlite:x").in_memory);
    for (const std::string bad : {"", "memory", "memory:x", "sqlite:", "sqlite", "raft:", "/a"}) {
        CHECK_THROWS_WITH_AS(AuctionLogLocation::parse(bad), doctest::Contains(bad.c_str()),
                             std::invalid_argument);
    }
}

TEST_CASE("a log in memory forgets, and is another log each time") {
    testing::ManualScheduler scheduler;
    AuctionHouse::Options options;
    options.log.in_memory = true;
    AuctionHouse one(scheduler, options);
    AuctionHouse two(scheduler, options);
    CHECK(one.log_id() != two.log_id());
    bool told = false;
    one.submit(create("Lamp", 50), [&](auto, const Outcome*) { told = true; });
    scheduler.run_ready();
    CHECK(told);
    CHECK(one.live().book().auctions().size() == 1);
    CHECK(one.feed().index() == 1);
    CHECK(two.live().book().auctions().empty());
}

TEST_CASE("everything is there after a restart: the book, the answers, the feed") {
    Data data;
    {
        Run run(data.path);
        run.play(1, 300);
        data.remember(run);
    }
    for (int i = 0; i < 2; ++i) {
        Run run(data.path, start_us + 10 * second_us);
        data.check(run);
    }
}

TEST_CASE("with a snapshot or without, a start gives the same") {
    Data data;
    std::uint64_t seed = 2;
    for (int i = 0; i < 4; ++i) {
        Run run(data.path, start_us + i * 100 * second_us, 20);
        if (i > 0) data.check(run);
        run.play(seed++, 25);
        data.remember(run);
    }
    data.make_snapshot();
    REQUIRE_FALSE(data.snapshots().empty());
    CHECK(data.snapshots().size() <= limits::snapshots_kept);
    {
        Run run(data.path, start_us, 20);
        data.check(run);
    }
    SUBCASE("a damaged one is passed over") {
        for (const auto& file : data.snapshots()) {
            std::string bytes = read_file(file);
            bytes[bytes.size() / 2] ^= 1;
            std::ofstream(file, std::ios::binary) << bytes;
        }
    }
    SUBCASE("one that was cut off is passed over") {
        for (const auto& file : data.snapshots()) {
            std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
        }
    }
    SUBCASE("an empty one is passed over") {
        for (const auto& file : data.snapshots()) std::filesystem::resize_file(file, 0);
    }
    SUBCASE("one that claims to be from later is passed over") {
        const auto files = data.snapshots();
        std::filesystem::rename(files[0], data.path + ".snapshot-999999");
    }
    SUBCASE("one that stands under another index is passed over") {
        const auto files = data.snapshots();
        std::filesystem::rename(files[0], data.path + ".snapshot-3");
    }
    SUBCASE("none is needed") {
        for (const auto& file : data.snapshots()) std::filesystem::remove(file);
    }
    SUBCASE("what is left of one that was being written is no matter") {
        std::ofstream(data.path + ".snapshot.tmp") << "half";
        std::ofstream(data.path + ".snapshot-x") << "not ours";
    }
    Run run(data.path);
    data.check(run);
}

TEST_CASE("a snapshot spares the replay of what it stands for") {
    Data data;
    {
        Run run(data.path, start_us, 20);
        run.play(11, 60);
        data.remember(run);
    }
    data.make_snapshot();
    {
        Database log(data.path);
        log.execute("UPDATE entries SET record = x'00' WHERE idx = 1");
    }
    {
        Run run(data.path);
        data.check(run);
    }
    for (const auto& file : data.snapshots()) std::filesystem::remove(file);
    CHECK(contains(reason_to_refuse(data.path), "entry 1 does not match its hash"));
}

TEST_CASE("a snapshot of another log is passed over") {
    Data one;
    Data other;
    for (Data* data : {&one, &other}) {
        {
            Run run(data->path, start_us, 20);
            run.play(data == &one ? 5 : 6, 60);
            data->remember(run);
        }
        data->make_snapshot();
    }
    REQUIRE_FALSE(other.snapshots().empty());
    for (const auto& file : one.snapshots()) std::filesystem::remove(file);
    for (const auto& file : other.snapshots()) {
        const auto name = std::filesystem::path(file).filename();
        std::filesystem::copy(file, one.directory.path() / name);
    }
    Run run(one.path);
    one.check(run);
}

TEST_CASE("a snapshot beyond the stored events is passed over, so that no event is missing") {
    Data data;
    {
        Run run(data.path, start_us, 20);
        run.play(7, 100);
        data.remember(run);
    }
    data.make_snapshot();
    REQUIRE_FALSE(data.snapshots().empty());
    data.remove_events();
    Run run(data.path);
    data.check(run);
}

TEST_CASE("events that lag behind the log are made up for from the log") {
    Data data;
    const auto events = data.path + ".events";
    const auto of_earlier = events + ".earlier";
    {
        Run run(data.path);
        run.play(8, 40);
    }
    std::filesystem::copy_file(events, of_earlier);
    {
        Run run(data.path);
        run.play(9, 60);
        data.remember(run);
    }
    data.remove_events();
    std::filesystem::rename(of_earlier, events);
    Run run(data.path);
    data.check(run);
}

TEST_CASE("a log that ends before what was told of it is refused, with what to do") {
    Data data;
    {
        Run run(data.path);
        run.play(9, 50);
        data.remember(run);
    }
    {
        Database log(data.path);
        log.execute("DELETE FROM entries WHERE idx = 50");
    }
    const auto reason = reason_to_refuse(data.path);
    CHECK(contains(reason, data.path));
    CHECK(contains(reason, "the log ends at entry 49"));
    CHECK(contains(reason, "up to entry 50"));
    CHECK(contains(reason, "restore the data folder from a backup"));
}

TEST_CASE("a log that ends before a snapshot is refused, though its events are gone, too") {
    Data data;
    {
        Run run(data.path, start_us, 20);
        run.play(13, 60);
    }
    data.make_snapshot();
    REQUIRE_FALSE(data.snapshots().empty());
    data.remove_events();
    {
        Database log(data.path);
        log.execute("DELETE FROM entries WHERE idx > 10");
    }
    const auto reason = reason_to_refuse(data.path);
    CHECK(contains(reason, data.path));
    CHECK(contains(reason, "the log ends at entry 10"));
    CHECK(contains(reason, "a snapshot holds the book at entry"));
    CHECK(contains(reason, "restore the data folder from a backup"));
    CHECK(contains(reason_to_refuse(data.path), "the log ends at entry 10"));  // however often
    // One that is not whole proves nothing.
    for (const auto& file : data.snapshots()) std::filesystem::resize_file(file, 20);
    CHECK(reason_to_refuse(data.path).empty());
}

TEST_CASE("snapshots of another log are left alone, and crowd out none of one's own") {
    const testing::TemporaryDirectory directory;
    const SnapshotFiles files(directory.file("auction.db"));
    AuctionBook other;
    for (std::uint64_t index = 1; index <= 10; ++index) {
        other.apply(create("Lamp", 50), index);
        if (index > 8) files.save("other", other);
    }
    AuctionBook own;
    for (std::uint64_t index = 1; index <= 4; ++index) {
        own.apply(create("Desk", 50), index);
        files.save("own", own);
        const auto newest = files.load_newest("own", index);
        REQUIRE(newest);
        CHECK(newest->last_index() == index);
    }
    CHECK(files.load_newest("own", 3));
    CHECK_FALSE(files.load_newest("own", 2));  // removed: two newer ones are kept
    CHECK(files.load_newest("other", 9));
    CHECK(files.load_newest("other", 10)->last_index() == 10);
}

TEST_CASE("a log that was deleted or emptied beside its events is refused, not begun anew") {
    Data data;
    {
        Run run(data.path);
        run.play(12, 20);
    }
    SUBCASE("deleted") {
        std::filesystem::remove(data.path);
    }
    SUBCASE("cut to nothing") {
        std::filesystem::resize_file(data.path, 0);
    }
    const auto reason = reason_to_refuse(data.path);
    CHECK(contains(reason, "the log is empty"));
    CHECK(contains(reason, "restore the data folder from a backup"));
    CHECK(contains(reason_to_refuse(data.path), "the log is empty"));  // however often
    data.remove_events();
    CHECK(reason_to_refuse(data.path).empty());  // moved away, as it says
}

TEST_CASE("an altered log is refused at the start") {
    Data data;
    {
        Run run(data.path);
        run.play(10, 50);
    }
    {
        Database log(data.path);
        log.execute("UPDATE entries SET record = x'00' WHERE idx = 25");
    }
    CHECK(contains(reason_to_refuse(data.path), "entry 25 does not match its hash"));
}

TEST_CASE("a wall clock that was set back between runs does not move book time back") {
    Data data;
    AuctionId id = 0;
    {
        Run run(data.path);
        run.scheduler.advance_ms(10'000);
        id = run.submit(create("Lamp", 50, 60))->auction_id;
    }
    Run run(data.path, start_us - 3600 * second_us);
    CHECK(run.submit(bid(id, "ann", 60))->code == OutcomeCode::accepted);
    const auto& auction = *run.house->live().book().find(id);
    CHECK(auction.bids[0].time_us >= auction.closing_time_us - 60 * second_us);
    // Nor does it make the auction last: a minute later it is over.
    run.scheduler.advance_ms(60'000);
    run.scheduler.run_until([&] { return auction.status == AuctionStatus::ended; });
    CHECK(auction.closing_time_us == start_us + 70 * second_us);
}

TEST_CASE("an auction whose time came while nothing ran ends at the start, and the feed tells") {
    Data data;
    {
        Run run(data.path);
        run.submit(create("Lamp", 50, 60));
    }
    Run run(data.path, start_us + 3600 * second_us);
    run.scheduler.advance_ms(1);
    run.scheduler.run_until([&] { return run.house->feed().index() == 2; });
    CHECK(contains(run.feed(), R"("type":"ended")"));
}

TEST_CASE("a house that goes while its disk works finishes what was begun") {
    Data data;
    for (std::uint64_t i = 0; i < 20; ++i) {
        Run run(data.path);
        CHECK(run.house->live().book().last_index() == i);
        run.house->submit(create("Lamp", 50), [](auto, const Outcome*) {});
    }
}

}  // namespace
}  // namespace gavel::auction
