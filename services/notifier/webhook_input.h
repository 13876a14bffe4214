#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "services/notifier/webhook.h"

namespace gavel::notifier {

// What an operator asks for. Reading refuses with HTTPError 400.
struct WebhookInput {
    std::string url;
    std::string secret;  // "": one is made
    NoticeKinds kinds = all_kinds();

    // {"url": …, "kinds"?: […], "secret"?: …}. An address in a private network that stands in the
    // URL itself is refused here; a name is looked up with each call.
    static WebhookInput read(const nlohmann::json& object, bool allow_private);
};

// "outbid,won", as it stands in a query: 400 for what is no kind.
NoticeKinds read_kinds(std::string_view list);

// The webhook as clients see it; with its secret only when it was just made.
std::string webhook_json(const Webhook& webhook, bool with_secret);

}  // namespace gavel::notifier
