#include "services/auction/daily_heads.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "services/auction/proof.h"
#include "services/auction/proof_check.h"
#include "services/auction/utc_day.h"
#include "tests/auction/ruled_commands.h"

namespace gavel::auction {
namespace {

constexpr auto first_day = "2023-11-14";  // that of start_us, at 22:13:20
constexpr std::int64_t rest_of_first_day_us = (3'600 + 46 * 60 + 40) * second_us;

// An auction of each kind, and what is done to them on four days.
struct Days : StampedBook {
    Days() {
        plain = make("Lamp", 50, 0);
        ruled = apply(with_seed(create(proxy_terms(), 50, 0))).outcome.auction_id;
        sealed = apply(with_seed(create(format_terms(Format::vickrey), 50, 0))).outcome.auction_id;
        apply(maximum(ruled, "ann", 100));
        next_day();
        apply(bid(plain, "ann", 60));
        apply(bid(sealed, "ann", 70));
        apply(bid(plain, "bob", 55));  // too low
        next_day();
        next_day();
        apply(bid(plain, "bob", 70));
        apply(bid(sealed, "bob", 80));
        apply(close(sealed));
        next_day();
        apply(close(plain));
    }
    void next_day() { now_us += us_a_day; }
    const std::vector<HeadsOfDay>& days() const { return book.daily_heads().days(); }
    std::string text_of(std::size_t day) const { return HeadsWriter(days().at(day)).rest(); }

    AuctionId plain = 0;
    AuctionId ruled = 0;
    AuctionId sealed = 0;
};

std::vector<AuctionId> named_in(const HeadsOfDay& day) {
    std::vector<AuctionId> ids;
    for (const auto& head : day.heads) ids.push_back(head.auction_id);
    return ids;
}

std::string hex_sha256(const std::string& text) {
    return to_hex(bytes_of(sha256_of({text})));
}

TEST_CASE("a UTC day is written as ISO 8601 has it, and nothing else is read as one") {
    const std::pair<std::int64_t, const char*> days[] = {
        {0, "1970-01-01"}, {19'675, "2023-11-14"}, {19'782, "2024-02-29"}, {99'346, "2242-01-01"}};
    for (const auto& day : days) {
        CHECK(utc_day_text(day.first) == day.second);
        CHECK(parse_utc_day(day.second) == day.first);
    }
    for (const char* text :
         {"", "2023-11-1", "2023-11-145", "2023/11/14", "2023-13-01", "2023-00-01", "2023-02-29",
          "2023-11-31", "1969-12-31", "+023-11-14", "2023-1a-14"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_utc_day(text).has_value());
    }
    CHECK(utc_day_of(us_a_day - 1) == 0);
    CHECK(utc_day_of(us_a_day) == 1);
}

TEST_CASE("each day on which something was done has heads, once it is over") {
    Days d;
    REQUIRE(d.days().size() == 3);
    CHECK(utc_day_text(d.days()[0].day) == first_day);
    CHECK(utc_day_text(d.days()[1].day) == "2023-11-15");
    CHECK(utc_day_text(d.days()[2].day) == "2023-11-17");
    CHECK(named_in(d.days()[0]) == std::vector{d.plain, d.ruled});
    CHECK(named_in(d.days()[1]) == std::vector{d.plain});
    // Hidden bids come in on the day that ends their auction.
    CHECK(named_in(d.days()[2]) == std::vector{d.plain, d.sealed});
    CHECK(d.days()[2].heads[1].acts == 4);
    CHECK(d.days()[2].heads[1].hash == d.at(d.sealed).journal.head);
    CHECK(d.days()[1].index == 6);
    CHECK(d.days()[1].time_us == start_us + us_a_day);
}

TEST_CASE("a day is over with the first entry after it, whatever that is") {
    for (const bool is_refused : {false, true}) {
        StampedBook b;
        const auto id = b.make("Lamp", 50);
        b.now_us += rest_of_first_day_us - 1;
        b.apply(bid(id, "ann", 60));
        CHECK(b.book.daily_heads().days().empty());
        b.now_us += 1;
        b.apply(bid(id, "bob", is_refused ? 60 : 70));
        REQUIRE(b.book.daily_heads().days().size() == 1);
        const HeadsOfDay& day = b.book.daily_heads().days()[0];
        CHECK(day.heads[0].acts == 2);
        CHECK(day.index == 2);
        CHECK(b.book.daily_heads().find(day.day) == &day);
        CHECK(b.book.daily_heads().find(day.day + 1) == nullptr);
    }
}

TEST_CASE("each day's text names the one before it, so its hash stands for all of them") {
    const Days d;
    CHECK(d.days()[0].before == Digest{});
    for (std::size_t i = 0; i < d.days().size(); ++i) {
        CHECK(to_hex(bytes_of(d.days()[i].sha256)) == hex_sha256(d.text_of(i)));
        if (i > 0) CHECK(d.days()[i].before == d.days()[i - 1].sha256);
    }
    CHECK(d.text_of(1) ==
          R"({"gavel":"heads","version":2,"day":"2023-11-15","before":")" +
              hex_sha256(d.text_of(0)) + R"(","index":6,"time_us":1700086400000000,"auctions":1})" +
              "\n" + R"({"auction_id":")" + std::to_string(d.plain) + R"(","acts":2,"head":")" +
              to_hex(bytes_of(d.days()[1].heads[0].hash)) + "\"}\n");
}

TEST_CASE("a snapshot at any moment, and the journals alone, give the same heads") {
    StampedBook whole;
    AuctionBook interrupted;
    std::vector<AuctionId> ids;
    // Hours go by, days are left out, some of it is refused and some auctions are hidden.
    for (int step = 0; step < 120; ++step) {
        whole.now_us += (1 + step % 7) * 3'600 * second_us + (step % 40 == 39 ? 3 * us_a_day : 0);
        Command command = create("Lamp", 50);
        if (step % 10 == 1) command = with_seed(create(proxy_terms(), 50, 3 * 86'400));
        if (step % 10 == 2) command = with_seed(create(format_terms(Format::vickrey), 50, 86'400));
        if (step % 10 > 2) command = bid(ids[step % ids.size()], "ann", 50 + step);
        if (step % 10 == 9) command = expire(ids[step % ids.size()]);
        const Applied applied = whole.apply(command);
        if (step % 10 < 3) ids.push_back(applied.outcome.auction_id);
        command.stamp_us = whole.now_us;
        interrupted.apply(command, interrupted.last_index() + 1);
        interrupted = AuctionBook::deserialize(interrupted.serialize());
        REQUIRE(interrupted.serialize() == whole.book.serialize());
    }
    const auto& days = whole.book.daily_heads().days();
    CHECK(days.size() > 10);
    CHECK(interrupted.daily_heads().days() == days);
    CHECK(DailyHeads::of(whole.book.auctions(), whole.book.time_us()).days() == days);
}

TEST_CASE("heads that cannot be those of their day are no snapshot") {
    const Days d;
    ByteWriter good;
    d.book.daily_heads().write(good);
    const auto read = [&](const std::string& bytes) {
        ByteReader in(bytes);
        return DailyHeads::read(in, d.book.auctions());
    };
    CHECK(read(good.bytes()).days() == d.days());
    constexpr std::size_t day_at = 4;
    constexpr std::size_t first_id_at = day_at + 8 + 8 + 8 + 4;
    for (const std::size_t at : {std::size_t{3}, day_at, first_id_at + 7}) {
        CAPTURE(at);
        std::string bytes = good.bytes();
        bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
        CHECK_THROWS_AS(read(bytes), MalformedBytes);
    }
    CHECK_THROWS_AS(read(good.bytes().substr(0, good.bytes().size() - 1)), MalformedBytes);
}

// ---- Checks of a proof against them ------------------------------------------------------------

TEST_CASE("a proof holds against the heads of every day") {
    const Days d;
    for (const AuctionId id : {d.plain, d.sealed}) {
        const std::string proof = proof_of(d.at(id), "log");
        for (std::size_t day = 0; day < d.days().size(); ++day) {
            CAPTURE(day);
            const auto verdict = check_proof(proof, d.text_of(day));
            CHECK(verdict.holds());
            const auto said = "the heads are those whose SHA-256 is " + hex_sha256(d.text_of(day));
            CHECK(std::count(verdict.notes.begin(), verdict.notes.end(), said) == 1);
        }
    }
}

TEST_CASE("what a check against a day's heads says") {
    Days d;
    const std::string plain = proof_of(d.at(d.plain), "log");
    const std::string sealed = proof_of(d.at(d.sealed), "log");
    const std::string ruled = proof_of(d.at(d.ruled), "log");
    const auto notes = [&](const std::string& proof, std::size_t day) {
        const auto verdict = check_proof(proof, d.text_of(day));
        REQUIRE(verdict.holds());
        return verdict.notes;
    };
    CHECK(notes(plain, 1)[2] == "the heads stand for its acts up to 2");
    CHECK(notes(ruled, 1)[2] == "nothing was done to it on 2023-11-15, so these heads are silent");
    CHECK(notes(sealed, 1)[2] ==
          "its bids were hidden on 2023-11-15, so the heads of the day that ends it are those "
          "to check");
    CHECK(notes(sealed, 2)[2] == "the heads stand for its acts up to 4");
}

TEST_CASE("a chain that was written anew does not fit the heads of the day") {
    // The same auction with another past, as a forger would have it.
    struct Forged : StampedBook {
        explicit Forged(bool with_first, bool with_second) {
            id = make("Lamp", 50);
            now_us += us_a_day;
            if (with_first) apply(bid(id, "ann", 60));
            if (!with_first) apply(bid(99, "ann", 60));
            if (with_second) apply(bid(id, "bob", 70));
            if (!with_second) apply(bid(99, "ann", 60));
            now_us += us_a_day;
            apply(bid(id, "cy", 80));
        }
        AuctionId id = 0;
    };
    const auto fault_of = [](const Forged& shown, const Forged& published) {
        const std::string proof = proof_of(shown.at(shown.id), "log");
        REQUIRE(check_proof(proof).holds());
        const std::string text = HeadsWriter(published.book.daily_heads().days().at(1)).rest();
        const auto verdict = check_proof(proof, text);
        return verdict.holds() ? "" : verdict.faults[0].what;
    };
    const Forged both(true, true);
    const Forged first(true, false);
    const Forged second(false, true);
    CHECK(fault_of(both, both).empty());
    CHECK(fault_of(both, first) == "act 3 is not in the published heads");
    CHECK(fault_of(first, both) ==
          "act 3, or one before it, is another than the published heads say");
    CHECK(fault_of(first, second) ==
          "act 2, or one before it, is another than the published heads say");
    // A day that does not know it, though something was done.
    StampedBook other;
    other.now_us += us_a_day;
    other.make("Other", 50);
    other.now_us += us_a_day;
    other.apply(bid(99, "ann", 60));
    const std::string text = HeadsWriter(other.book.daily_heads().days().at(0)).rest();
    const auto verdict = check_proof(proof_of(both.at(both.id), "log"), text);
    REQUIRE_FALSE(verdict.holds());
    CHECK(verdict.faults[0].what == "act 2 is of 2023-11-15, whose published heads do not know it");
}

TEST_CASE("what is no file of heads is refused in a sentence") {
    const Days d;
    const std::string proof = proof_of(d.at(d.plain), "log");
    const std::string text = d.text_of(0);
    const auto replaced = [&](const std::string& what, const std::string& with) {
        std::string other = text;
        return other.replace(other.find(what), what.size(), with);
    };
    const std::string files[] = {"",
                                 "{}",
                                 proof,
                                 replaced(R"("version":2)", R"("version":3)"),
                                 replaced(first_day, "2023-11-32"),
                                 replaced(R"("auctions":2)", R"("auctions":3)"),
                                 text + "{}\n",
                                 text.substr(0, text.size() - 3)};
    for (const auto& file : files) {
        CAPTURE(file);
        const auto verdict = check_proof(proof, file);
        REQUIRE_FALSE(verdict.holds());
        CHECK_FALSE(verdict.faults[0].what.empty());
    }
}

}  // namespace
}  // namespace gavel::auction
