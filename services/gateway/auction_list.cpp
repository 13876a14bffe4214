#include "services/gateway/auction_list.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/contract/input.h"
#include "common/http/http_error.h"
#include "common/limits.h"

namespace gavel::gateway {
namespace {

using contract::AuctionDocument;
using contract::AuctionStatus;

constexpr std::size_t default_page = 1'000;
constexpr std::size_t piece_bytes = 256 * 1024;

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
            size_bytes_ += auction->size_bytes(auction->current(), lean_);
            place = *found + 1;
        }
    }

    std::size_t size_bytes() const { return size_bytes_; }
    bool finished() const { return next_ > items_.size(); }
    // The documents have gone: what is not rendered yet never will be.
    bool lost() const { return life_.expired(); }

    // Appends what comes next: about so many bytes, the list's end at last.
    void append_piece(std::string& out, std::size_t bytes) {
        if (next_ == 0) out += R"({"auctions":[)";
        for (; next_ < items_.size() && out.size() < bytes; ++next_) {
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
    std::size_t size_bytes_ = 0;
    std::size_t next_ = 0;
};

// Writes pieces for as long as the reader takes them.
void feed(const std::shared_ptr<AuctionList>& list, const std::shared_ptr<StreamSink>& sink) {
    while (!list->finished() && sink->queued_bytes() == 0) {
        if (list->lost()) {
            sink->close(true);
            return;
        }
        std::string piece;
        list->append_piece(piece, piece_bytes);
        sink->write(std::make_shared<const std::string>(std::move(piece)));
    }
    if (list->finished()) sink->close();
}

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

Response list_answer(const AuctionsView& view, const AuctionListWish& wish) {
    const auto list = std::make_shared<AuctionList>(view, wish);
    if (list->size_bytes() <= limits::streamed_answer_bytes) {
        std::string body;
        list->append_piece(body, limits::streamed_answer_bytes * 2);
        return JSONResponse::rendered(200, std::move(body));
    }
    Response answer;
    answer.headers.set("Content-Type", "application/json");
    answer.has_end = true;
    answer.stream = [list](const std::shared_ptr<StreamSink>& sink) {
        // Not the sink itself, which keeps the callback.
        sink->on_drain([list, weak = std::weak_ptr(sink)] {
            if (const auto there = weak.lock()) feed(list, there);
        });
        feed(list, sink);
    };
    return answer;
}

}  // namespace gavel::gateway
