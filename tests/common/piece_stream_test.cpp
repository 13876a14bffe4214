#include "common/http/piece_stream.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "tests/support/manual_scheduler.h"
#include "tests/support/slow_sink.h"

namespace gavel {
namespace {

// The letters a, b, c … one in each piece, up to `last`.
struct Letters {
    testing::ManualScheduler scheduler;
    char next = 'a';
    bool lost = false;
    std::shared_ptr<testing::SlowSink> sink = std::make_shared<testing::SlowSink>();

    Response answer(char last) {
        return answer_in_pieces(scheduler, "application/jsonl", [this, last](std::string& out) {
            if (lost) return Piece::lost;
            out += next;
            return next++ == last ? Piece::last : Piece::more;
        });
    }
};

TEST_CASE("an answer of one piece is no stream") {
    Letters letters;
    const Response answer = letters.answer('a');
    CHECK(answer.status == 200);
    CHECK(answer.headers.find("Content-Type") == "application/jsonl");
    CHECK(answer.body == "a");
    CHECK_FALSE(answer.stream);
}

TEST_CASE("a piece is made when its reader has the one before, in a turn of its own") {
    Letters letters;
    const Response answer = letters.answer('c');
    REQUIRE(answer.stream);
    CHECK(answer.has_end);
    CHECK(answer.body.empty());
    answer.stream(letters.sink);
    CHECK(letters.sink->queued == "a");
    letters.scheduler.run_ready();
    CHECK(letters.next == 'b');  // none is made ahead
    CHECK(letters.sink->take() == "a");
    CHECK(letters.next == 'b');  // nor before others had their turn
    letters.scheduler.run_ready();
    CHECK(letters.sink->queued == "b");
    letters.sink->take();
    letters.scheduler.run_ready();
    CHECK(letters.sink->queued == "c");
    CHECK(letters.sink->closed);
    CHECK_FALSE(letters.sink->broken_off);
    CHECK(letters.sink->take() == "c");
}

TEST_CASE("an answer whose rest is lost breaks off") {
    Letters letters;
    letters.answer('c').stream(letters.sink);
    letters.lost = true;
    letters.sink->take();
    letters.scheduler.run_ready();
    CHECK(letters.sink->closed);
    CHECK(letters.sink->broken_off);
}

TEST_CASE("for a reader that has gone no piece is made") {
    Letters letters;
    letters.answer('c').stream(letters.sink);
    letters.sink->leave();
    letters.sink->take();
    letters.scheduler.run_ready();
    CHECK(letters.next == 'b');
    letters.sink.reset();
    letters.scheduler.run_ready();
    CHECK(letters.next == 'b');
}

}  // namespace
}  // namespace gavel
