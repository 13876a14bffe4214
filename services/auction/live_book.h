#pragma once

#include <deque>
#include <memory>
#include <unordered_map>

#include "common/contract/auction_document.h"
#include "services/auction/auction_book.h"
#include "services/auction/entry_events.h"

namespace gavel::auction {

// The book as it serves: with its auctions in the form of the wire, and with what each entry told
// in the form of the feed. Both follow from the book; nothing here reads a clock or a disk.
//
// Not thread-safe: belongs to whoever applies the log.
class LiveBook {
  public:
    LiveBook() = default;
    // A book from a snapshot.
    explicit LiveBook(AuctionBook book);

    struct Taken {
        Outcome outcome;
        EntryEvents events;  // none: `count` is 0
    };
    // Applies the entry after book().last_index(). Its events are rendered only when somebody is
    // to be told of them.
    Taken apply(const Command& command, bool with_events = true);
    // The next entry is not the book's: only its number is taken.
    void skip() { book_.skip(book_.last_index() + 1); }

    const AuctionBook& book() const { return book_; }
    // The auction in the form of the wire; null when there is none.
    const contract::AuctionDocument* document(AuctionId id) const;
    // Something was told of the auction after that entry. Of what was told before the snapshot that
    // the book came from, it is taken to have been told with its last entry.
    bool changed_since(AuctionId id, std::uint64_t index) const;
    // That of the entry with this index; null when it has none, or is older than the last
    // limits::receipts_kept.
    const Receipt* receipt(std::uint64_t index) const;

  private:
    struct Shown {
        contract::AuctionDocument document;
        std::uint64_t changed_index = 0;  // the last entry that told something of it
    };

    void follow(const BookEvent& event);

    AuctionBook book_;
    std::unordered_map<AuctionId, Shown> shown_;
    std::deque<Receipt> receipts_;  // by index
};

}  // namespace gavel::auction
