#include "services/notifier/notifier_handler.h"

#include <limits>
#include <utility>

#include "common/contract/input.h"
#include "common/http/http_error.h"
#include "common/limits.h"
#include "services/notifier/webhook_input.h"
#include "services/notifier/webhook_signature.h"

namespace gavel::notifier {
namespace {

NoticeQuery read_query(const JSONRequest& request, std::uint64_t max_position) {
    NoticeQuery query;
    if (const auto text = request.query("auction_id")) {
        query.auction_id = contract::parse_auction_id(*text);
        if (!query.auction_id) throw bad_request("auction_id must be an auction's id");
    }
    if (const auto text = request.query("kinds")) query.kinds = read_kinds(*text);
    query.recipient = request.query("recipient");
    query.after = request.query_number("after", max_position);
    query.limit = static_cast<std::size_t>(
        request.query_number("limit", limits::max_notice_page).value_or(limits::notice_page));
    if (query.limit == 0) throw bad_request("limit must be at least 1");
    return query;
}

std::int64_t webhook_id_of(const JSONRequest& request) {
    const auto id = contract::parse_auction_id(request.path_parameter("webhook_id"));
    if (!id || *id > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw HTTPError(404, "webhook not found");
    }
    return static_cast<std::int64_t>(*id);
}

Response one_webhook(int status, const Webhook& webhook, bool with_secret) {
    return JSONResponse::rendered(status,
                                  R"({"webhook":)" + webhook_json(webhook, with_secret) + "}");
}

}  // namespace

NotifierHandler::NotifierHandler(Parts parts)
    : StoredViewHandler({parts.scheduler, parts.disk, parts.view, std::move(parts.connected),
                         "notifier_service", "the notifier", "the notices"}),
      store_(parts.store),
      unix_us_(std::move(parts.unix_us)),
      on_webhooks_changed_(std::move(parts.on_webhooks_changed)),
      allow_private_webhooks_(parts.allow_private_webhooks) {
    route("GET", "/notifications", &NotifierHandler::get_notifications);
    route("POST", "/webhooks", &NotifierHandler::add_webhook);
    route("GET", "/webhooks", &NotifierHandler::list_webhooks);
    route("DELETE", "/webhooks/<webhook_id>", &NotifierHandler::remove_webhook);
}

void NotifierHandler::get_notifications(const JSONRequest& request, const Responder& respond) {
    answer(request, respond, [&store = store_, query = read_query(request, max_position)] {
        return JSONResponse::rendered(200, store.read(query));
    });
}

Responder NotifierHandler::changing_webhooks(const Responder& respond) const {
    return Responder([respond, changed = on_webhooks_changed_](Response response) {
        respond(std::move(response));
        changed();
    });
}

void NotifierHandler::add_webhook(const JSONRequest& request, const Responder& respond) {
    auto input = WebhookInput::read(request.object(), allow_private_webhooks_);
    if (input.secret.empty()) input.secret = make_webhook_secret();
    answer(request, changing_webhooks(respond),
           [&store = store_, input = std::move(input), now_us = unix_us_()]() -> Response {
               const auto webhook =
                   store.webhooks().add(input.url, input.secret, input.kinds, now_us);
               if (!webhook) throw HTTPError(409, "there are too many webhooks; delete one first");
               return one_webhook(201, *webhook, true);
           });
}

void NotifierHandler::list_webhooks(const JSONRequest& request, const Responder& respond) {
    answer(request, respond, [&store = store_] {
        std::string body = R"({"webhooks":[)";
        for (const auto& webhook : store.webhooks().list()) {
            if (body.back() != '[') body += ',';
            body += webhook_json(webhook, false);
        }
        return JSONResponse::rendered(200, body + "]}");
    });
}

void NotifierHandler::remove_webhook(const JSONRequest& request, const Responder& respond) {
    const auto id = webhook_id_of(request);  // may throw: first, or the responder would be dropped
    answer(request, changing_webhooks(respond), [&store = store_, id]() -> Response {
        const auto webhook = store.webhooks().remove(id);
        if (!webhook) throw HTTPError(404, "webhook not found");
        return one_webhook(200, *webhook, false);
    });
}

}  // namespace gavel::notifier
