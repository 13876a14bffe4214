#include "services/notifier/notifier_handler.h"

#include <limits>
#include <optional>
#include <utility>

#include "common/contract/input.h"
#include "common/http/http_error.h"
#include "common/limits.h"
#include "common/logging/logging.h"

namespace gavel::notifier {
namespace {

constexpr std::uint64_t max_position = std::numeric_limits<std::int64_t>::max();

NoticeQuery read_query(const JSONRequest& request) {
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
    : JSONRequestHandler("notifier_service"), parts_(std::move(parts)) {
    route("GET", "/notifications", &NotifierHandler::get_notifications);
    route("GET", "/livez", &NotifierHandler::livez);
    route("GET", "/readyz", &NotifierHandler::readyz);
}

void NotifierHandler::get_notifications(const JSONRequest& request, const Responder& respond) {
    const auto query = read_query(request);
    const auto min_index = request.query_number("min_index", max_position).value_or(0);
    parts_.view.when_reached(min_index, limits::read_wait_ms, [this, query, respond](bool reached) {
        if (reached) {
            read(query, respond);
        } else {
            respond(JSONResponse::unavailable("the notifier is catching up, try again"));
        }
    });
}

void NotifierHandler::read(const NoticeQuery& query, const Responder& respond) {
    // Holds at least what is known now; the header promises no more.
    const std::uint64_t index = parts_.view.index();
    // The responder moves to the worker and back, so that its last copy is let go on the loop.
    auto task = [&store = parts_.store, &scheduler = parts_.scheduler, query, index,
                 responder = std::optional<Responder>(respond)]() mutable {
        Response response;
        try {
            response = JSONResponse::rendered(200, store.read(query));
            response.headers.set("Gavel-Index", std::to_string(index));
        } catch (const std::exception& error) {
            service_logger("notifier_service")->error("cannot read the notices: {}", error.what());
            response = JSONResponse::error(500, "internal error");
        }
        scheduler.post(
            [moved = std::exchange(responder, std::nullopt),
             response = std::move(response)]() mutable { (*moved)(std::move(response)); });
    };
    if (!parts_.disk.submit(std::move(task))) {
        respond(JSONResponse::unavailable("the notifier is overloaded, try again"));
    }
}

JSONResponse NotifierHandler::livez(const JSONRequest&) {
    return JSONResponse::rendered(200, R"({"status":"ok"})");
}

JSONResponse NotifierHandler::readyz(const JSONRequest&) {
    return JSONResponse::rendered(
        200, R"({"status":"ready","index":)" + std::to_string(parts_.view.index()) +
                 R"(,"connected":)" + (parts_.connected() ? "true}" : "false}"));
}

}  // namespace gavel::notifier
