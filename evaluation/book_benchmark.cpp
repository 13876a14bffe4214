// How many commands a second the auction book applies, on one core: plain auctions, and auctions
// with all rules of rising prices on (maximum bids, eBay's increments, reserve, buy it now, soft
// close, retractions, currency, seller). No log, no disk, no HTTP: commands lie decoded in memory.
//
//   book_benchmark [COMMANDS [ROUNDS]]      300,000 commands, 7 rounds
//
// The same commands are applied to a new book in each round, the kinds of auction in turns. Bids
// are spread over 1,000 auctions and 200 bidders; three of ten are too low; with rules two of three
// are maximums, and one command of a hundred is a retraction. "shown" also makes what answers and
// the feed say of each change. "bare" are the same commands as before there were receipts: the
// difference is what the chain of each auction costs. Last comes how long the first command of a
// day takes, before which the book has the heads of the day before: of 100,000 auctions.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "services/auction/live_book.h"
#include "services/auction/rules/limits.h"

namespace {

using namespace gavel;
using namespace gavel::auction;

constexpr std::size_t auction_count = 1'000;
constexpr std::int64_t cent = Money::units_per_whole / 100;

struct Workload {
    const char* name;
    std::vector<Command> commands;
    std::size_t accepted = 0;
    std::size_t refused = 0;
    std::vector<double> book_rates;
    std::vector<double> shown_rates;
};

AuctionTerms all_rules() {
    AuctionTerms terms;
    terms.currency = find_currency("EUR");
    terms.seller = "the seller";
    terms.increments = Increments::ebay();
    terms.proxy = true;
    terms.reserve = Money{200 * Money::units_per_whole};
    terms.buy_now_price = Money{90'000'000 * Money::units_per_whole};
    terms.buy_now_policy = BuyNowPolicy::always;
    terms.soft_close = SoftClose{7'200, 7'200, 10'000, 0};
    terms.retractions = true;
    return terms;
}

Command with_stamp(Command command, std::int64_t& stamp_us) {
    command.stamp_us = stamp_us += 10;
    return command;
}

// The commands are chosen by rehearsing them, so that bids are near the price.
Workload rehearse(const char* name, bool with_rules, bool with_receipts, std::size_t count) {
    Workload workload{name, {}, 0, 0, {}, {}};
    std::mt19937_64 random(1);
    std::int64_t stamp_us = 1'700'000'000'000'000;
    AuctionBook book;
    const auto apply = [&](Command command) {
        if (!with_receipts) command.rules_version = Command::rules_with_receipts - 1;
        workload.commands.push_back(with_stamp(std::move(command), stamp_us));
        return book.apply(workload.commands.back(), book.last_index() + 1).outcome;
    };
    for (std::size_t i = 0; i < auction_count; ++i) {
        CreateAuction create{"Lamp " + std::to_string(i), "", Money{cent * 100}, 3'600};
        if (with_rules) create.terms = all_rules();
        if (with_rules && with_receipts) create.seed = std::string(limits::seed_bytes, 's');
        apply({.idempotency = std::nullopt, .action = std::move(create)});
    }
    while (workload.commands.size() < count) {
        const Auction& auction = *book.auctions()[random() % auction_count];
        const std::string bidder = "bidder " + std::to_string(random() % 200);
        Command command{.idempotency = std::nullopt, .action = CloseAuction{}};
        if (with_rules && random() % 100 == 0) {
            command.action = RetractBids{auction.id, bidder};
        } else {
            const bool too_low = random() % 10 < 3;
            const std::int64_t price = auction.current_bid().units;
            const std::int64_t step =
                with_rules ? auction.proceedings->terms.increments.step_units_at({price}) : cent;
            const auto more = static_cast<std::int64_t>(random() % 4) * step;
            const Money amount{too_low ? price : price + step + more};
            command.action = PlaceBid{auction.id, bidder, amount, with_rules && random() % 3 > 0};
        }
        const bool accepted = apply(std::move(command)).code == OutcomeCode::accepted;
        ++(accepted ? workload.accepted : workload.refused);
    }
    return workload;
}

// What this process has had of its core: whoever else is on the machine takes nothing of it.
double processor_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

template <class Book, class Apply>
double rate(const std::vector<Command>& commands, Apply apply) {
    Book book;
    const double begin_s = processor_seconds();
    for (const auto& command : commands) apply(book, command);
    return static_cast<double>(commands.size()) / (processor_seconds() - begin_s);
}

double day_end_ms() {
    constexpr std::int64_t us_a_day = 86'400LL * 1'000'000;
    std::int64_t stamp_us = 1'700'000'000'000'000;
    AuctionBook book;
    const auto create = [&] {
        Command command{.idempotency = std::nullopt,
                        .action = CreateAuction{"Lamp", "", Money{cent * 100}, 3 * us_a_day}};
        book.apply(with_stamp(std::move(command), stamp_us), book.last_index() + 1);
    };
    for (int i = 0; i < 100'000; ++i) create();
    stamp_us += us_a_day;
    const double begin_s = processor_seconds();
    create();
    return (processor_seconds() - begin_s) * 1e3;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    const long count = argc > 1 ? std::atol(argv[1]) : 300'000;
    const long rounds = argc > 2 ? std::atol(argv[2]) : 7;
    if (count < 2'000 || count > 10'000'000 || rounds < 1 || rounds > 1'000) {
        std::fputs("usage: book_benchmark [COMMANDS [ROUNDS]], 2,000 to 10,000,000 commands\n",
                   stderr);
        return 2;
    }
    const auto commands = static_cast<std::size_t>(count);
    Workload workloads[] = {rehearse("plain", false, true, commands),
                            rehearse("plain, bare", false, false, commands),
                            rehearse("all rules", true, true, commands),
                            rehearse("rules, bare", true, false, commands)};
    std::vector<double> day_ends_ms;
    for (long round = 0; round < rounds; ++round) {
        day_ends_ms.push_back(day_end_ms());
        for (auto& workload : workloads) {
            workload.book_rates.push_back(
                rate<AuctionBook>(workload.commands, [](AuctionBook& book, const Command& command) {
                    book.apply(command, book.last_index() + 1);
                }));
            workload.shown_rates.push_back(rate<LiveBook>(
                workload.commands,
                [](LiveBook& book, const Command& command) { book.apply(command); }));
        }
    }
    std::printf("%-12s %10s %10s %22s %22s\n", "auctions", "accepted", "refused",
                "book (commands/s)", "shown (commands/s)");
    for (const auto& workload : workloads) {
        std::printf("%-12s %10zu %10zu %22.0f %22.0f\n", workload.name, workload.accepted,
                    workload.refused, median(workload.book_rates), median(workload.shown_rates));
    }
    std::printf("end of a day of 100,000 auctions: %.0f ms\n", median(day_ends_ms));
    std::printf("medians of %ld rounds, %ld commands each\n", rounds, count);
    return 0;
}
