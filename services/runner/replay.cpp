#include "services/runner/replay.h"

#include <ostream>

#include "common/crypto/sha256.h"
#include "common/storage/sqlite.h"
#include "services/auction/auction_book.h"
#include "services/auction/hash_chain.h"
#include "services/auction/shown_auction.h"
#include "services/auction/sqlite_log.h"

namespace gavel {
namespace {

std::string auction_json(const auction::Auction& auction) {
    const auto document = auction::shown(auction);
    std::string text;
    document.append_json(text, document.current());
    return text;
}

}  // namespace

std::string sha256_hex(std::uint64_t index, const std::string& bytes) {
    return to_hex(auction::HashChain::next({}, index, bytes));
}

std::string book_sha256(const auction::AuctionBook& book) {
    return sha256_hex(book.last_index(), book.serialize());
}

void print_replay(const std::string& log_path, std::ostream& out) {
    Database database(log_path, Database::Mode::read_only);
    const std::string log_id = database.query_text("SELECT value FROM meta WHERE key = 'log_id'");
    const std::uint64_t last =
        std::stoull(database.query_text("SELECT coalesce(max(idx), 0) FROM entries"));
    auction::AuctionBook book;
    auction::SqliteLog::read(log_path, 1, last,
                             [&book](std::uint64_t index, std::string_view record) {
                                 book.apply(auction::decode(record), index);
                             });
    out << R"({"log_id":")" << log_id << R"(","entries":)" << last << R"(,"book_sha256":")"
        << book_sha256(book) << R"(","auctions":[)";
    const char* separator = "";
    for (const auto& auction : book.auctions()) {
        out << separator << auction_json(*auction);
        separator = ",";
    }
    out << "]}\n";
}

}  // namespace gavel
