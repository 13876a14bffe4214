#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/heads.h"

namespace gavel::auction {

// The heads of each UTC day that is over and on which something was done. They follow from what
// was done and when, so every node has the same ones. Part of the book.
class DailyHeads {
  public:
    // In order.
    const std::vector<HeadsOfDay>& days() const { return days_; }
    // Null when that day is not over, or nothing was done on it.
    const HeadsOfDay* find(std::int64_t day) const;

    // Something was done to the auction: its journal has it as its last act, `before_us` is the
    // time of the act before. REQUIRES: must_end() has been asked about that time.
    void acted(const Auction& auction, std::int64_t before_us);
    // The day on which something was done last is over by now: it is time for end_day().
    bool must_end(std::int64_t now_us) const { return now_us >= end_us_; }
    using Find = std::function<const Auction&(AuctionId)>;
    void end_day(const Find& find);

    void write(ByteWriter& out) const;
    // Throws MalformedBytes. The auctions have been read, with their journals.
    static DailyHeads read(ByteReader& in, const std::vector<std::unique_ptr<Auction>>& auctions);
    // Of a book that was written down without them.
    static DailyHeads of(const std::vector<std::unique_ptr<Auction>>& auctions,
                         std::int64_t now_us);

  private:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    void begin_day(std::int64_t time_us);
    void keep(HeadsOfDay day);
    // The day that is not over, as the journals know it.
    void take_up(const std::vector<std::unique_ptr<Auction>>& auctions);

    std::vector<HeadsOfDay> days_;
    // The day on which something was done last, while it is not in the list.
    std::int64_t begin_us_ = 0;
    std::int64_t end_us_ = never;  // never: it is in the list, or there is none
    std::vector<AuctionId> acted_;
    std::uint64_t last_index_ = 0;
    std::int64_t last_us_ = 0;
};

}  // namespace gavel::auction
