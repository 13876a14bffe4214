#include "services/auction/feed_backfill.h"

#include <algorithm>
#include <utility>

#include "common/http/request_id.h"
#include "common/logging/logging.h"

namespace gavel::auction {
namespace {

constexpr std::int64_t ask_again_ms = 200;

// The page's events by entry, up to `target`, as the store keeps them.
std::vector<EntryEvents> by_entry(const FeedPage& page, std::uint64_t target) {
    std::vector<EntryEvents> entries;
    for (const auto& event : page.events) {
        if (event.index > target) break;
        if (entries.empty() || entries.back().index != event.index) {
            entries.push_back({event.index, 0, {}});
        }
        auto& entry = entries.back();
        ++entry.count;
        if (!entry.json.empty()) entry.json += ',';
        entry.json += to_json_text(event);
    }
    return entries;
}

}  // namespace

FeedBackfill::FeedBackfill(Scheduler& scheduler, EventStore& store, Executor& executor,
                           NextNode next_node)
    : scheduler_(scheduler), store_(store), executor_(executor), next_node_(std::move(next_node)) {}

FeedBackfill::~FeedBackfill() {
    *alive_ = false;
    scheduler_.cancel(again_);
}

void FeedBackfill::start(std::string log_id, std::uint64_t from, std::uint64_t target,
                         std::function<void()> done) {
    log_id_ = std::move(log_id);
    reached_ = from;
    target_ = target;
    done_ = std::move(done);
    ask();
}

void FeedBackfill::ask() {
    if (reached_ >= target_) {
        std::exchange(done_, nullptr)();
        return;
    }
    ServiceClient* const node = next_node_();
    if (node == nullptr) {
        ask_later();
        return;
    }
    ServiceRequest request;
    request.method = "GET";
    request.target = "/feed?after=" + std::to_string(reached_) + "&log_id=" + log_id_;
    request.request_id = make_request_id();
    node->send(std::move(request), [this, alive = alive_](const ServiceResult& result) {
        if (!*alive) return;
        if (!result.ok() || result.response.status != 200) {
            ask_later();
            return;
        }
        try {
            take(parse_feed_page(result.response.body));
        } catch (const std::exception& error) {
            service_logger("auction_service")
                ->warn("a page of events is strange: {}", error.what());
            ask_later();
        }
    });
}

void FeedBackfill::ask_later() {
    again_ = scheduler_.call_after_ms(ask_again_ms, [this] { ask(); });
}

void FeedBackfill::take(const FeedPage& page) {
    if (page.log_id != log_id_ || page.index <= reached_) {
        ask_later();  // a node that is behind itself
        return;
    }
    const std::uint64_t reached = std::min(page.index, target_);
    auto entries = std::make_shared<std::vector<EntryEvents>>(by_entry(page, target_));
    const bool queued = executor_.submit(
        [this, &scheduler = scheduler_, alive = alive_, store = &store_, entries, reached] {
            bool stored = true;
            try {
                store->append(*entries, reached);
            } catch (const std::exception& error) {
                service_logger("auction_service")->warn("cannot store events: {}", error.what());
                stored = false;
            }
            scheduler.post([this, alive, stored, reached] {
                if (!*alive) return;
                if (!stored) {
                    ask_later();
                    return;
                }
                reached_ = reached;
                ask();
            });
        });
    if (!queued) ask_later();
}

}  // namespace gavel::auction
