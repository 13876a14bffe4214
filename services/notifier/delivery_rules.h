#pragma once

#include <cstdint>
#include <optional>

#include "common/web/web_client.h"

namespace gavel::notifier {

// How an attempt to deliver a notice ended.
enum class Verdict : std::uint8_t {
    delivered,
    refused,  // the server is well, but does not take this notice: it is tried again by itself
    down,     // the server is not well: all of its notices wait
    gone,     // 410: the webhook is turned off
};

Verdict verdict_on(const WebAnswer& answer);

// When to try again after so many failures in a row, in microseconds: after 5 s, 5 min, 30 min,
// 2 h, 5 h, 10 h, 14 h, 20 h, 24 h (Standard Webhooks). Nothing after the last of them: the notice
// is given up. REQUIRES: failures >= 1
std::optional<std::int64_t> retry_delay_us(int failures);
// The same for a server as a whole, which is never given up: the last delay goes on.
std::int64_t pause_us(int failures);

}  // namespace gavel::notifier
