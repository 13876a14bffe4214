#include "common/append_only/append_text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace gavel {
namespace {

struct Record {
    std::string text;
    AppendText::Place begin;
    AppendText::Place end;
};

// Records of up to some kilobytes, far more than a piece has room for.
struct Written {
    Written() {
        for (int n = 0; n < 3'000; ++n) {
            Record record;
            record.text =
                std::string(n % 100 == 99 ? 5'000 : n % 90, static_cast<char>('a' + n % 26));
            record.text += std::to_string(n);
            std::string& out = text.next_record();
            record.begin = text.end();
            out += record.text;
            record.end = text.end();
            whole += record.text;
            records.push_back(record);
        }
    }
    AppendText text;
    std::string whole;
    std::vector<Record> records;
};

TEST_CASE("each record stays whole where it was written") {
    const Written w;
    std::size_t bytes = 0;
    for (const auto& record : w.records) {
        REQUIRE(w.text.between(record.begin, record.end) == record.text);
        REQUIRE(w.text.rest(record.begin).substr(0, record.text.size()) == record.text);
        REQUIRE(w.text.size_before(record.begin) == bytes);
        bytes += record.text.size();
        REQUIRE(w.text.size_before(record.end) == bytes);
    }
    CHECK(w.text.size() == w.whole.size());
}

TEST_CASE("all up to a record's end is what was appended until then") {
    const Written w;
    std::string expected;
    for (std::size_t n = 0; n < w.records.size(); ++n) {
        expected += w.records[n].text;
        if (n % 500 != 0) continue;
        std::string out = "before ";
        w.text.append_to(out, w.records[n].end);
        REQUIRE(out == "before " + expected);
    }
    std::string pieces;
    int count = 0;
    w.text.each_piece([&](std::string_view piece) { pieces += piece, ++count; });
    CHECK(pieces == w.whole);
    CHECK(count > 5);
}

TEST_CASE("record after record is read by going on from the place before") {
    const Written w;
    AppendText::Place place;
    for (const auto& record : w.records) {
        REQUIRE(w.text.rest(place).substr(0, record.text.size()) == record.text);
        place = w.text.advance(place, record.text.size());
    }
    CHECK(place == w.text.end());
}

TEST_CASE("who has read to the end finds there what is appended later, in whichever piece") {
    AppendText text;
    AppendText::Place place;
    for (int n = 0; n < 4'000; ++n) {
        const std::string record = "record " + std::to_string(n);
        text.next_record() += record;
        place = text.advance(place, 0);
        REQUIRE(text.rest(place) == record);
        place = text.advance(place, record.size());
    }
    CHECK(place.piece > 0);
}

TEST_CASE("equal texts are equal, however they were put together") {
    const Written w;
    AppendText at_once(w.whole);
    CHECK(at_once == w.text);
    CHECK(w.text == at_once);
    at_once.next_record() += "more";
    CHECK_FALSE(at_once == w.text);
    CHECK(at_once == AppendText(w.whole + "more"));
    CHECK_FALSE(at_once == AppendText(w.whole + "mere"));
    CHECK(AppendText() == AppendText(""));
    CHECK_FALSE(AppendText() == at_once);
}

TEST_CASE("there is nothing in a text to which nothing was appended") {
    const AppendText text;
    CHECK(text.empty());
    CHECK(text.rest({}).empty());
    CHECK(text.between({}, text.end()).empty());
    std::string out;
    text.append_to(out, text.end());
    CHECK(out.empty());
}

}  // namespace
}  // namespace gavel
