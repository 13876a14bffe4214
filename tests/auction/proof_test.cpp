#include "services/auction/proof.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "services/auction/live_book.h"
#include "services/auction/proof_check.h"
#include "tests/auction/ruled_commands.h"

namespace gavel::auction {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

std::string sha256_of(const std::string& line) {
    return to_hex(bytes_of(gavel::sha256_of({line})));
}

// Writes the chain and its head anew over lines that were changed: what a forger would do who has
// no receipt and no published head to fear.
std::string chained_again(std::vector<std::string> lines) {
    std::string before(64, '0');
    auto header = nlohmann::ordered_json::parse(lines[0]);
    int acts = 0;
    for (auto& line : lines) {
        auto object = nlohmann::ordered_json::parse(line);
        if (!object.contains("before")) continue;
        object["n"] = ++acts;
        object["before"] = before;
        line = object.dump();
        before = sha256_of(line);
    }
    header["acts"] = acts;
    header["head"] = before;
    lines[0] = header.dump();
    return joined(lines);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

// An auction with maximums, a reserve, soft close and retractions. After each of its acts the next
// one is a second later.
struct Sale : StampedBook {
    Sale() {
        AuctionTerms terms = proxy_terms();
        terms.reserve = money(80);
        terms.retractions = true;
        terms.soft_close = SoftClose{3'600, 3'600, 100, 0};
        id = act(with_seed(create(terms, 50))).outcome.auction_id;
        act(maximum(id, "ann", 4'321));
        act(bid(id, "bob", 90));
        act(bids(id, {{"cy", 40}, {"cy", 100}}));
        act(bid(id, "bob", 61));  // too low
        act(maximum(id, "dan", 234));
        act(retract(id, "cy"));
    }
    Applied act(Command command) {
        now_us += second_us;
        return apply(std::move(command));
    }
    std::string proof() const { return proof_of(at(id), "log"); }
    AuctionId id = 0;
};

ProofVerdict::Fault fault_of(const std::string& proof) {
    const auto verdict = check_proof(proof);
    REQUIRE_FALSE(verdict.holds());
    return verdict.faults[0];
}

TEST_CASE("what was done to an auction has a receipt, and what was refused has none") {
    Sale sale;
    std::vector<Receipt> receipts;
    for (const auto& command : {maximum(sale.id, "cy", 300), bid(sale.id, "cy", 310)}) {
        const Applied applied = sale.act(command);
        REQUIRE(applied.receipt.has_value());
        CHECK(applied.receipt->index == applied.outcome.index);
        CHECK(applied.receipt->time_us == sale.now_us);
        receipts.push_back(*applied.receipt);
    }
    CHECK_FALSE(sale.act(bid(sale.id, "dan", 60)).receipt);
    CHECK_FALSE(sale.act(bid(7, "dan", 60)).receipt);
    CHECK_FALSE(sale.act(expire(sale.id)).receipt);
    CHECK(sale.act(close(sale.id)).receipt);
    CHECK_FALSE(sale.act(close(sale.id)).receipt);
    std::size_t found = 0;
    for (const auto& line : lines_of(sale.proof())) {
        for (const auto& receipt : receipts) {
            if (sha256_of(line) == to_hex(bytes_of(receipt.hash))) ++found;
        }
    }
    CHECK(found == receipts.size());
}

TEST_CASE("a repeated command is given its first receipt again") {
    LiveBook live;
    Command made = create("Lamp", 50);
    live.apply(made);
    const AuctionId id = live.book().auctions()[0]->id;
    const Command first = with_key(bid(id, "ann", 60), "k");
    const auto outcome = live.apply(first).outcome;
    REQUIRE(live.receipt(outcome.index) != nullptr);
    const Digest hash = live.receipt(outcome.index)->hash;
    live.apply(bid(id, "bob", 70));
    CHECK(live.apply(first).outcome == outcome);
    CHECK(live.receipt(outcome.index)->hash == hash);
    CHECK(live.receipt(99) == nullptr);
}

TEST_CASE("a plain auction has a proof that anyone can check with a hash tool") {
    StampedBook b;
    const auto id = b.make("Lamp \"\xc3\xa9\"", 50, 60);
    b.apply(bid(id, "ann", 60));
    b.apply(close(id));
    const auto lines = lines_of(proof_of(b.at(id), "log"));
    REQUIRE(lines.size() == 4);
    CHECK(lines[1] ==
          R"({"n":1,"before":")" + std::string(64, '0') +
              R"(","index":1,"time_us":1700000000000000,"act":"create","auction_id":")" +
              std::to_string(id) + R"(","name":"Lamp \")" +
              "\xc3\xa9"
              R"(\"","description":"","starting_bid":50,)"
              R"("duration_seconds":60})");
    CHECK(lines[2] == R"({"n":2,"before":")" + sha256_of(lines[1]) +
                          R"(","index":2,"time_us":1700000000000000,"act":"bid","bidder":"ann",)"
                          R"("amount":60})");
    CHECK(lines[3] == R"({"n":3,"before":")" + sha256_of(lines[2]) +
                          R"(","index":3,"time_us":1700000000000000,"act":"close",)"
                          R"("status":"CLOSED","winner":"ann","price":60})");
    CHECK(lines[0] == proof_header("log", std::to_string(id), 3, sha256_of(lines[3])));
    CHECK(check_proof(joined(lines)).holds());
}

TEST_CASE("secrets are in no proof before the end, and then all but what no price has reached") {
    Sale sale;
    std::string proof = sale.proof();
    for (const char* secret : {":4321", ":234", "\"reserve\":80", "value", "salt"}) {
        CAPTURE(secret);
        CHECK(proof.find(secret) == std::string::npos);
    }
    CHECK(check_proof(proof).holds());
    sale.act(close(sale.id));
    proof = sale.proof();
    CHECK(proof.find(":4321") == std::string::npos);
    CHECK(proof.find(R"("field":"max_amount","offer":0,"salt":)") != std::string::npos);
    CHECK(proof.find(R"("value":234})") != std::string::npos);
    CHECK(proof.find(R"("value":80})") != std::string::npos);
    const auto verdict = check_proof(proof);
    CHECK(verdict.holds());
    CHECK(verdict.notes.size() == 3);
}

TEST_CASE("one altered byte is found, wherever it is") {
    Sale sale;
    sale.act(close(sale.id));
    const std::string proof = sale.proof();
    const auto acts_begin = proof.find('\n') + 1;
    std::size_t placed = 0;
    for (std::size_t at = acts_begin; at < proof.size(); at += 7) {
        CAPTURE(at);
        std::string altered = proof;
        altered[at] = altered[at] == '1' ? '2' : '1';
        const auto verdict = check_proof(altered);
        REQUIRE_FALSE(verdict.holds());
        const auto act = std::count(proof.begin(), proof.begin() + static_cast<long>(at), '\n');
        if (verdict.faults[0].n == static_cast<std::uint64_t>(act)) ++placed;
    }
    CHECK(placed > proof.size() / 7 / 3);  // the others name the act before, or the line
    const auto fault = fault_of(replaced(proof, R"("amount":90)", R"("amount":91)"));
    CHECK(fault.n == 3);
    CHECK(fault.index == 3);
    CHECK(fault.what == "act 3 was altered, or what act 4 says of it");
}

TEST_CASE("a dropped bid is found, with its place") {
    Sale sale;
    sale.act(close(sale.id));
    auto lines = lines_of(sale.proof());
    lines.erase(lines.begin() + 3);
    const auto fault = fault_of(joined(lines));
    CHECK(fault.n == 3);
    CHECK(fault.what == "act 3 was dropped, after index 2");
    lines = lines_of(sale.proof());
    lines.erase(lines.begin() + 7);
    CHECK(fault_of(joined(lines)).what == "act 7 and what follows was dropped: there are to be 7");
}

TEST_CASE("two swapped bids are found, with their place") {
    Sale sale;
    sale.act(close(sale.id));
    auto lines = lines_of(sale.proof());
    std::swap(lines[3], lines[5]);
    const auto fault = fault_of(joined(lines));
    CHECK(fault.n == 3);
    CHECK(fault.index == 6);
    CHECK(fault.what == "act 3 was moved: act 5, of index 6, stands in its place");
}

TEST_CASE("a chain that was written anew breaks the rules, or the published heads") {
    Sale sale;
    sale.act(close(sale.id));
    const std::string proof = sale.proof();
    const std::string heads = heads_of(sale.book, "log").rest();
    CHECK(check_proof(chained_again(lines_of(proof))).holds());
    CHECK(check_proof(proof, heads).holds());

    // Another winner, another price, another end, a bid in a seller's favour: not by the rules.
    auto lines = lines_of(proof);
    lines[7] = replaced(lines[7], R"("winner":"ann")", R"("winner":"bob")");
    CHECK(fault_of(chained_again(lines)).what == R"(act 7: by the rules the winner is "ann")");
    lines = lines_of(proof);
    lines[4] = replaced(lines[4], R"("price":105.0)", R"("price":110.0)");
    CHECK(fault_of(chained_again(lines)).n == 4);
    lines = lines_of(proof);
    lines[3] = replaced(lines[3], R"("amount":90)", R"("amount":52)");
    CHECK(fault_of(chained_again(lines)).what == "act 3: the rules refuse it");

    // The last bid is left out, which the rules allow; whoever has the heads notices.
    Sale open;
    open.act(bid(open.id, "bob", 300));
    const std::string later_heads = heads_of(open.book, "log").rest();
    lines = lines_of(open.proof());
    lines.pop_back();
    const std::string shorter = chained_again(lines);
    CHECK(check_proof(shorter).holds());
    const auto verdict = check_proof(shorter, later_heads);
    REQUIRE_FALSE(verdict.holds());
    CHECK(verdict.faults[0].what == "the heads know act 7, which is missing here");
    CHECK_FALSE(check_proof(open.proof(), heads_of(open.book, "another log").rest()).holds());
    CHECK_FALSE(check_proof(open.proof(), heads_of(AuctionBook(), "log").rest()).holds());
}

TEST_CASE("heads of an earlier moment hold for what was done by then") {
    Sale sale;
    sale.act(bid(7, "bob", 300));  // of another auction
    const std::string heads = heads_of(sale.book, "log").rest();
    sale.act(bid(sale.id, "bob", 300));
    CHECK(check_proof(sale.proof(), heads).holds());
    // As if it had been done by then.
    auto lines = lines_of(sale.proof());
    lines.back() = replaced(lines.back(), R"("index":9)", R"("index":8)");
    const auto verdict = check_proof(chained_again(lines), heads);
    REQUIRE_FALSE(verdict.holds());
    CHECK(verdict.faults[0].what == "act 7 is not in the published heads");
}

TEST_CASE("hidden bids are hidden from proofs and heads until the end") {
    for (const Format format : {Format::sealed_first_price, Format::vickrey}) {
        StampedBook b;
        AuctionTerms terms = format_terms(format);
        terms.reserve = money(60);
        const auto id = b.apply(with_seed(create(terms, 50))).outcome.auction_id;
        b.apply(bid(id, "ann", 4'321));
        b.apply(bid(id, "bob", 234));
        b.apply(bids(id, {{"cy", 40}, {"cy", 345}}));
        CHECK(hides_its_bids(b.at(id)));
        CHECK(heads_of(b.book, "log").rest().find("auction_id") == std::string::npos);
        b.apply(close(id));
        CHECK_FALSE(hides_its_bids(b.at(id)));
        const std::string proof = proof_of(b.at(id), "log");
        const bool pays_its_bid = format == Format::sealed_first_price;
        CHECK((proof.find(":4321") != std::string::npos) == pays_its_bid);
        CHECK(proof.find("\"value\":345") != std::string::npos);
        CHECK(check_proof(proof).holds());
        auto lines = lines_of(proof);
        lines[2] = replaced(lines[2], "commitment\":\"", "commitment\":\"f");
        CHECK_FALSE(check_proof(chained_again(lines)).holds());
    }
}

TEST_CASE("a cancelled auction opens nothing, and its chain still holds") {
    Sale sale;
    sale.act(cancel(sale.id));
    CHECK(sale.proof().find("opens") == std::string::npos);
    const auto verdict = check_proof(sale.proof());
    CHECK(verdict.holds());
    CHECK(verdict.notes.back() == "it was cancelled, so nothing is opened and nobody has won");
}

TEST_CASE("the proof of an auction that transactions made and closed holds") {
    StampedBook b;
    b.apply(with_seed(prepare("t-1", create(proxy_terms(), 50, 60))));
    b.now_us += second_us;
    const auto id = b.apply(commit("t-1")).outcome.auction_id;
    b.apply(maximum(id, "ann", 100));
    b.now_us += 59 * second_us;
    b.apply(prepare_close("t-2", id));
    b.now_us += 59 * second_us;  // its time has come meanwhile
    CHECK(b.apply(commit("t-2")).receipt);
    CHECK(b.at(id).status == AuctionStatus::closed);
    CHECK(check_proof(proof_of(b.at(id), "log")).holds());

    // One that a transaction lets go ends by itself.
    b.apply(prepare("t-3", create(AuctionTerms(proxy_terms()), 50, 60)));
    const auto plain = b.make("Lamp", 50, 60);
    b.apply(prepare_close("t-4", plain));
    b.now_us += 99 * second_us;
    CHECK(b.apply(abort("t-4")).receipt);
    CHECK(check_proof(proof_of(b.at(plain), "log")).holds());
}

TEST_CASE("what is no proof is refused in a sentence") {
    Sale sale;
    const std::string proof = sale.proof();
    const std::string lines[] = {
        "",
        "\n",
        "{}",
        "[1]\n",
        R"({"gavel":"proof","version":2})",
        "\xff\xfe",
        proof + "{",
        proof + "{}\n",
        proof + R"({"opens":1})",
        proof + proof,
        heads_of(sale.book, "log").rest(),
        proof.substr(0, proof.find('\n') + 1),
    };
    for (const auto& text : lines) {
        CAPTURE(text);
        const auto verdict = check_proof(text);
        REQUIRE_FALSE(verdict.holds());
        CHECK_FALSE(verdict.faults[0].what.empty());
    }
}

}  // namespace
}  // namespace gavel::auction
