#include "services/gateway/auction_list.h"

#include <algorithm>
#include <utility>

#include "common/contract/input.h"
#include "common/http/http_error.h"
#include "common/http/piece_stream.h"
#include "common/limits.h"

namespace gavel::gateway {
namespace {

using contract::AuctionDocument;
using contract::AuctionStatus;

constexpr std::size_t default_page = 1'000;

AuctionStatus read_status(const std::string& text) {
    for (const auto status : {AuctionStatus::open, AuctionStatus::closed, AuctionStatus::ended}) {
        if (text == contract::to_string(status)) return status;
    }
    throw bad_request("status must be OPEN, CLOSED or ENDED");
}

// The list as it is now, rendered piece by piece. What an auction was after so many bids can be
// rendered at any later time, so a piece that is made late shows what an early one would.
class AuctionList {
  public:
    AuctionList(const AuctionsView& view, const AuctionListWish& wish)
        : lean_(wish.lean), life_(view.life()) {
        std::size_t place = first_place(view, wish);
        while (const auto found = next_place(view, wish, place)) {
            if (wish.paged && items_.size() == wish.limit) {
                end_ = R"(],"next":")" + std::to_string(items_.back().first->id()) + "\"}";
                break;
            }
            const AuctionDocument* auction = view.auctions()[*found];
            items_.emplace_back(auction, auction->current());
            place = *found + 1;
        }
    }

    bool finished() const { return next_ > items_.size(); }
    // The documents have gone: what is not rendered yet never will be.
    bool lost() const { return life_.expired(); }

    // Appends what comes next, the list's end at last.
    void append_piece(std::string& out) {
        if (next_ == 0) out += R"({"auctions":[)";
        for (; next_ < items_.size() && out.size() < limits::list_piece_bytes; ++next_) {
            if (next_ > 0) out += ',';
            items_[next_].first->append_json(out, items_[next_].second, lean_);
        }
        if (next_ < items_.size()) return;
        out += end_;
        ++next_;
    }

  private:
    static std::size_t first_place(const AuctionsView& view, const AuctionListWish& wish) {
        if (!wish.after) return 0;
        const auto* entry = view.find_entry(*wish.after);
        if (entry == nullptr) throw bad_request("after must be the id of an auction");
        return entry->place + 1;
    }

    static std::optional<std::size_t> next_place(const AuctionsView& view,
                                                 const AuctionListWish& wish, std::size_t from) {
        if (wish.status) return view.places(*wish.status).next(from);
        return from < view.auctions().size() ? std::optional(from) : std::nullopt;
    }

    bool lean_;
    std::weak_ptr<const bool> life_;
    std::vector<std::pair<const AuctionDocument*, AuctionDocument::Version>> items_;
    std::string end_ = "]}";
    std::size_t next_ = 0;
};

}  // namespace

AuctionListWish AuctionListWish::read(const JSONRequest& request) {
    AuctionListWish wish;
    wish.lean = contract::read_lean(request);
    const auto limit = request.query_number("limit", limits::max_auction_page);
    if (limit && *limit == 0) throw bad_request("limit must be at least 1");
    const auto after = request.query("after");
    const auto status = request.query("status");
    wish.paged = limit || after || status;
    wish.limit = static_cast<std::size_t>(limit.value_or(default_page));
    if (after) {
        wish.after = contract::parse_auction_id(*after);
        if (!wish.after) throw bad_request("after must be the id of an auction");
    }
    if (status) wish.status = read_status(*status);
    return wish;
}

Response list_answer(Scheduler& scheduler, const AuctionsView& view, const AuctionListWish& wish) {
    AuctionList list(view, wish);
    return answer_in_pieces(scheduler, "application/json",
                            [list = std::move(list)](std::string& out) mutable {
                                if (list.lost()) return Piece::lost;
                                list.append_piece(out);
                                return list.finished() ? Piece::last : Piece::more;
                            });
}

}  // namespace gavel::gateway
