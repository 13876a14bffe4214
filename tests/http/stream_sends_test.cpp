#include "common/http/stream_sends.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/manual_scheduler.h"

namespace gavel {
namespace {

using Progress = OutputQueue::Progress;

// A plain int counts the sends: were two threads to send for one, thread sanitizer would tell.
struct Reader : StreamSends::Sender {
    int sends = 0;
    std::thread::id sent_by;
    Progress takes = Progress::drained;
    std::vector<Progress> told;
    std::function<void()> when_told;

    Progress send_queued() override {
        ++sends;
        sent_by = std::this_thread::get_id();
        return takes;
    }
    void sent(Progress progress, std::size_t queued_before) override {
        CHECK(queued_before == 7);
        told.push_back(progress);
        if (when_told) when_told();
    }
    std::size_t queued_bytes() const override { return 7; }
};

using Readers = std::vector<std::shared_ptr<Reader>>;

Readers added(StreamSends& sends, std::size_t count) {
    Readers readers;
    for (std::size_t i = 0; i < count; ++i) {
        readers.push_back(std::make_shared<Reader>());
        sends.add(readers.back());
    }
    return readers;
}

TEST_CASE("everyone is sent to once at the end of the turn, and told what became of it") {
    for (const std::size_t helpers : {0, 1, 3}) {
        for (const std::size_t count : {1, 2, 63, 64, 65, 1'000}) {
            CAPTURE(helpers);
            CAPTURE(count);
            testing::ManualScheduler scheduler;
            StreamSends sends(scheduler, helpers);
            const Readers readers = added(sends, count);
            readers.back()->takes = Progress::blocked;
            CHECK(readers.front()->sends == 0);
            scheduler.run_ready();
            for (const auto& reader : readers) {
                CHECK(reader->sends == 1);
                CHECK(reader->told == std::vector<Progress>{reader->takes});
            }
            scheduler.run_ready();
            CHECK(readers.front()->sends == 1);
        }
    }
}

TEST_CASE("few are sent to without help") {
    testing::ManualScheduler scheduler;
    StreamSends sends(scheduler, 3);
    const Readers readers = added(sends, 63);
    scheduler.run_ready();
    for (const auto& reader : readers) CHECK(reader->sent_by == std::this_thread::get_id());
}

TEST_CASE("who is added while others are told has a turn of its own") {
    testing::ManualScheduler scheduler;
    StreamSends sends(scheduler, 1);
    const Readers readers = added(sends, 100);
    const auto later = std::make_shared<Reader>();
    readers.front()->when_told = [&] {
        sends.add(later);
        CHECK(later->sends == 0);
    };
    scheduler.run_ready();
    scheduler.run_ready();
    CHECK(later->sends == 1);
    CHECK(later->told.size() == 1);
}

TEST_CASE("round after round, helpers let go of everyone before the round ends") {
    testing::ManualScheduler scheduler;
    StreamSends sends(scheduler, 3);
    for (int round = 0; round < 200; ++round) {
        Readers readers = added(sends, 128);
        const std::weak_ptr<Reader> last = readers.back();
        readers.clear();
        scheduler.run_ready();
        CHECK(last.expired());
    }
}

TEST_CASE("the sends may go while they are told, and before their turn") {
    testing::ManualScheduler scheduler;
    auto sends = std::make_unique<StreamSends>(scheduler, 1);
    const Readers readers = added(*sends, 100);
    readers.front()->when_told = [&] { sends = nullptr; };
    scheduler.run_ready();
    CHECK(readers.front()->told.size() == 1);
    CHECK(readers.back()->told.empty());

    sends = std::make_unique<StreamSends>(scheduler, 1);
    const Readers others = added(*sends, 100);
    sends = nullptr;
    scheduler.run_ready();
    CHECK(others.front()->sends == 0);
}

}  // namespace
}  // namespace gavel
