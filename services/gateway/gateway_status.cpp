#include "services/gateway/gateway_status.h"

#include "common/clock/clock.h"
#include "common/json/json_text.h"

namespace gavel::gateway {
namespace {

void append_number(std::string& out, const char* name, std::uint64_t value) {
    out += out.back() == '{' ? "\"" : ",\"";
    out += name;
    out += "\":";
    out += std::to_string(value);
}

}  // namespace

void GatewayStatus::read(const Responder& respond) {
    parts_.probes.read([this, respond](const auto& services) {
        respond(JSONResponse::rendered(200, render(services)));
    });
}

std::string GatewayStatus::render(const std::vector<ServiceProbes::Finding>& services) const {
    std::string text = R"({"time":)" + unix_seconds_text(parts_.unix_us());
    const std::int64_t uptime_us = parts_.scheduler.now_us() - started_us_;
    append_number(text, "uptime_seconds", static_cast<std::uint64_t>(uptime_us / 1'000'000));
    const EventHub::Counters stream = parts_.hub.counters();
    text += R"(,"stream":{)";
    append_number(text, "subscribers", stream.subscribers);
    append_number(text, "max_subscribers", parts_.hub.max_subscribers());
    append_number(text, "delivered_events", stream.delivered_events);
    append_number(text, "delivered_bytes", stream.delivered_bytes);
    append_number(text, "coalesced", stream.coalesced);
    append_number(text, "disconnected_slow", stream.disconnected_slow);
    append_number(text, "queued_bytes", stream.queued_bytes);
    text += '}';
    append_number(text, "events_total", parts_.view.events_total());
    append_number(text, "index", parts_.view.index());
    if (parts_.wants_tokens) text += R"(,"bidder_tokens":true)";
    text += R"(,"services":[)";
    for (const auto& service : services) {
        if (text.back() != '[') text += ',';
        text += R"({"name":)";
        append_json_string(text, service.name);
        text += service.healthy ? R"(,"healthy":true)" : R"(,"healthy":false)";
        text += R"(,"latency_ms":)";
        append_decimal(text, static_cast<std::uint64_t>(service.latency_us), 3);
        text += '}';
    }
    text += "]}";
    return text;
}

}  // namespace gavel::gateway
