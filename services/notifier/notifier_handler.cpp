#include "services/notifier/notifier_handler.h"

#include <utility>

#include "common/contract/input.h"
#include "common/http/http_error.h"
#include "common/limits.h"

namespace gavel::notifier {
namespace {

NoticeQuery read_query(const JSONRequest& request, std::uint64_t max_position) {
    NoticeQuery query;
    if (const auto text = request.query("auction_id")) {
        query.auction_id = contract::parse_auction_id(*text);
        if (!query.auction_id) throw bad_request("auction_id must be an auction's id");
    }
    query.after = request.query_number("after", max_position);
    query.limit = static_cast<std::size_t>(
        request.query_number("limit", limits::max_notice_page).value_or(limits::notice_page));
    if (query.limit == 0) throw bad_request("limit must be at least 1");
    return query;
}

}  // namespace

NotifierHandler::NotifierHandler(Parts parts)
    : StoredViewHandler({parts.scheduler, parts.disk, parts.view, std::move(parts.connected),
                         "notifier_service", "the notifier", "the notices"}),
      store_(parts.store) {
    route("GET", "/notifications", &NotifierHandler::get_notifications);
}

void NotifierHandler::get_notifications(const JSONRequest& request, const Responder& respond) {
    answer(request, respond, [&store = store_, query = read_query(request, max_position)] {
        return JSONResponse::rendered(200, store.read(query));
    });
}

}  // namespace gavel::notifier
