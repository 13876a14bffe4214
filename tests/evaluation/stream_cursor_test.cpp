#include "evaluation/subscriber_swarm/stream_cursor.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace gavel::evaluation {
namespace {

std::string frame(int id, const std::string& type = "history") {
    return "id: log-" + std::to_string(id) + "\nevent: " + type + "\ndata: {\"payload\":\"swarm-" +
           std::to_string(100 + id) + " bid $2.0\"}\n\n";
}

const std::string ping = "event: ping\ndata: {}\n\n";
const std::string snapshot = "id: log-0\nevent: snapshot\ndata: {\"auctions\":[]}\n\n";

struct Reader {
    explicit Reader(EventLog& events) : cursor(events) {}

    void feed(const std::string& bytes, std::size_t piece_bytes = 1'000'000) {
        for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
            cursor.feed(std::string_view(bytes).substr(at, piece_bytes),
                        [&](std::size_t event) { got.push_back(event); });
        }
    }
    std::vector<std::size_t> missing() const {
        std::vector<std::size_t> events;
        cursor.for_each_missing([&](std::size_t event) { events.push_back(event); });
        return events;
    }

    StreamCursor cursor;
    std::vector<std::size_t> got;
};

using Numbers = std::vector<std::size_t>;

TEST_CASE("Everybody gets every event once, in whatever pieces the stream comes") {
    const std::string stream =
        snapshot + ping + frame(1) + frame(2, "auction") + ping + ping + frame(3) + frame(4);
    for (const std::size_t first_piece : {1, 5, 13, 1000}) {
        for (const std::size_t piece : {1, 2, 3, 7, 50, 1000}) {
            CAPTURE(first_piece);
            CAPTURE(piece);
            EventLog log;
            Reader first(log);
            Reader second(log);
            first.feed(stream, first_piece);  // whose events the second's are compared with
            second.feed(stream, piece);
            for (const Reader* reader : {&first, &second}) {
                CHECK(reader->got == Numbers{0, 1, 2, 3});
                CHECK(reader->missing().empty());
                CHECK(reader->cursor.doubled() == 0);
                CHECK(reader->cursor.late() == 0);
                CHECK(reader->cursor.snapshots() == 1);
            }
            CHECK(log.size() == 4);
        }
    }
}

TEST_CASE("Two that are abreast take turns in being first") {
    EventLog log;
    Reader a(log);
    Reader b(log);
    a.feed(frame(1));
    b.feed(frame(1) + frame(2));
    a.feed(frame(2) + frame(3));
    b.feed(ping + frame(3));
    CHECK(a.got == Numbers{0, 1, 2});
    CHECK(b.got == Numbers{0, 1, 2});
}

TEST_CASE("A lost event is told by its number") {
    EventLog log;
    Reader whole(log);
    Reader lossy(log);
    whole.feed(frame(1) + frame(2) + frame(3) + frame(4));
    lossy.feed(frame(1) + frame(3));
    CHECK(lossy.missing() == Numbers{1, 3});
    CHECK(lossy.got == Numbers{0, 2});
    CHECK(whole.missing().empty());
}

TEST_CASE("An event that comes again is doubled, and not delivered again") {
    EventLog log;
    Reader reader(log);
    reader.feed(frame(1) + frame(2) + frame(2) + frame(1) + frame(3));
    CHECK(reader.got == Numbers{0, 1, 2});
    CHECK(reader.cursor.doubled() == 2);
}

TEST_CASE("An event that comes behind younger ones is late, not lost") {
    EventLog log;
    Reader whole(log);
    whole.feed(frame(1) + frame(2) + frame(3));
    Reader reader(log);
    reader.feed(frame(1) + frame(3) + frame(2));
    CHECK(reader.missing().empty());
    CHECK(reader.cursor.late() == 1);
    CHECK(reader.cursor.doubled() == 0);
}

TEST_CASE("An event whose text differs is known by its id") {
    EventLog log;
    Reader whole(log);
    whole.feed(frame(1) + frame(2));
    Reader other(log);
    other.feed("id: log-1\nevent: auction\ndata: {}\n\n" + frame(2));
    CHECK(other.got == Numbers{0, 1});
    CHECK(log.size() == 2);
}

TEST_CASE("An event knows its bid and its kind") {
    EventLog log;
    Reader reader(log);
    reader.feed(
        frame(5) + "id: x\nevent: auction\ndata: {\"highest_bidder\":\"\"}\n\n" +
        "id: y\nevent: auction\ndata: {\"highest_bidder\":\"swarm-8\",\"bids\":[{\"bidder\":" +
        "\"swarm-3\"}]}\n\n");
    CHECK(log.at(0).bid == 105);
    CHECK(log.at(0).history);
    CHECK_FALSE(log.at(1).bid);
    CHECK_FALSE(log.at(1).history);
    CHECK(log.at(2).bid == 8);
}

TEST_CASE("Fields are found with and without the space, and only at the beginning of a line") {
    CHECK(EventLog::field_of("data: x\nid: 7\n\n", "id") == "7");
    CHECK(EventLog::field_of("id:7\n\n", "id") == "7");
    CHECK(EventLog::field_of("data: id: 7\nidx: 8\n\n", "id").empty());
    CHECK(EventLog::field_of(": a comment\n\n", "id").empty());
}

}  // namespace
}  // namespace gavel::evaluation
