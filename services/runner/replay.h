#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace gavel {

namespace auction {
class AuctionBook;
}

// The SHA-256 of a state at an index of the log, as hex digits.
std::string sha256_hex(std::uint64_t index, const std::string& bytes);

// That of the whole book: equal books at equal indexes have equal ones.
std::string book_sha256(const auction::AuctionBook& book);

// Replays a whole log from its first entry, whatever snapshots there are, checks the hash of every
// entry, and prints the book that comes out as one JSON object: the log's id, its number of
// entries, the SHA-256 of the book, and the auctions as the API shows them. The service that uses
// the log may be running. Throws LogDamaged when an entry was altered, dropped or moved.
void print_replay(const std::string& log_path, std::ostream& out);

}  // namespace gavel
