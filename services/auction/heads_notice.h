#pragma once

#include <cstddef>

#include "services/auction/auction_book.h"

namespace gavel::auction {

// Says in the process's log, at the first entry after a day, what the heads of that day are: who
// keeps logs in another place has them there, too. Loop thread only.
class HeadsNotice {
  public:
    // Says nothing of the days that the book has by now.
    void skip(const AuctionBook& book) { told_ = book.daily_heads().days().size(); }
    // Tells of the newest day, if it is new.
    void look(const AuctionBook& book);

  private:
    std::size_t told_ = 0;
};

}  // namespace gavel::auction
