#pragma once

#include <cstdint>
#include <string>

#include "common/feed/notice.h"

namespace gavel::notifier {

// Which kinds of notices a webhook gets: a bit for each.
using NoticeKinds = std::uint32_t;

constexpr NoticeKinds bit_of(Notice::Kind kind) {
    return NoticeKinds{1} << static_cast<unsigned>(kind);
}

constexpr NoticeKinds all_kinds() {
    NoticeKinds kinds = 0;
    for (const auto kind : Notice::kinds) kinds |= bit_of(kind);
    return kinds;
}

// A server of somebody who wants to be told of notices.
struct Webhook {
    std::int64_t id = 0;
    std::string url;
    std::string secret;  // "whsec_…"
    NoticeKinds kinds = 0;
    std::int64_t created_us = 0;       // Unix time
    std::string off_reason;            // "": it is on
    int failures = 0;                  // in a row, of the server as a whole
    std::int64_t paused_until_us = 0;  // Unix time
    std::uint64_t pending = 0;         // notices that it has yet to get, where that is told
};

// A notice on its way to a webhook, as often as it has to be sent the same.
struct Delivery {
    std::int64_t webhook_id = 0;
    std::int64_t notice_id = 0;
    int attempts = 0;  // made before
    int failures = 0;  // of the webhook, in a row
    std::string url;
    std::string secret;
    std::string message_id;
    std::string body;
};

}  // namespace gavel::notifier
