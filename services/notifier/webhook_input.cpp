#include "services/notifier/webhook_input.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/http/http_error.h"
#include "common/http/network_address.h"
#include "common/json/json_text.h"
#include "common/limits.h"
#include "common/web/web_url.h"
#include "services/notifier/webhook_signature.h"

namespace gavel::notifier {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return "";
    if (!found->is_string()) throw bad_request(std::string(name) + " must be text");
    return found->get<std::string>();
}

bool is_private_address(const std::string& host) {
    sockaddr_storage address{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        address.ss_family = AF_INET;
    } else if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        address.ss_family = AF_INET6;
    } else {
        return false;
    }
    return !is_public(address);
}

std::string read_url(const json& object, bool allow_private) {
    const std::string text = text_of(object, "url");
    if (text.empty()) throw bad_request("url is required");
    if (text.size() > limits::max_webhook_url_bytes) throw bad_request("url is too long");
    try {
        const auto url = WebURL::parse(text);
        if (!allow_private && is_private_address(url.host)) {
            throw bad_request("url leads into a private network");
        }
    } catch (const std::invalid_argument& error) {
        throw bad_request(std::string("url cannot be used: ") + error.what());
    }
    return text;
}

NoticeKinds bit_named(std::string_view name) {
    if (const auto kind = parse_notice_kind(name)) return bit_of(*kind);
    std::string known;
    for (const auto kind : Notice::kinds) {
        known += std::string(known.empty() ? "" : ", ") + to_string(kind);
    }
    throw bad_request("kinds must be of " + known);
}

NoticeKinds kinds_of(const json& object) {
    const auto found = object.find("kinds");
    if (found == object.end() || found->is_null()) return all_kinds();
    if (!found->is_array() || found->empty()) throw bad_request("kinds must be a non-empty list");
    NoticeKinds kinds = 0;
    for (const auto& name : *found) {
        if (!name.is_string()) throw bad_request("kinds must be a list of texts");
        kinds |= bit_named(name.get<std::string>());
    }
    return kinds;
}

}  // namespace

WebhookInput WebhookInput::read(const json& object, bool allow_private) {
    WebhookInput input;
    input.url = read_url(object, allow_private);
    input.kinds = kinds_of(object);
    input.secret = text_of(object, "secret");
    if (!input.secret.empty() && !is_webhook_secret(input.secret)) {
        throw bad_request(
            "secret must be whsec_ and base64 of 24 to 64 bytes; without it one is made");
    }
    return input;
}

NoticeKinds read_kinds(std::string_view list) {
    NoticeKinds kinds = 0;
    for (;;) {
        const auto name = list.substr(0, list.find(','));
        kinds |= bit_named(name);
        if (name.size() == list.size()) return kinds;
        list.remove_prefix(name.size() + 1);
    }
}

std::string webhook_json(const Webhook& webhook, bool with_secret) {
    std::string out = R"({"id":)" + std::to_string(webhook.id) + R"(,"url":)";
    append_json_string(out, webhook.url);
    out += R"(,"kinds":[)";
    for (const auto kind : Notice::kinds) {
        if ((webhook.kinds & bit_of(kind)) == 0) continue;
        if (out.back() != '[') out += ',';
        out += std::string("\"") + to_string(kind) + '"';
    }
    out += R"(],"status":)";
    out += webhook.off_reason.empty() ? R"("on")" : R"("off","reason":)";
    if (!webhook.off_reason.empty()) append_json_string(out, webhook.off_reason);
    out += R"(,"created":)";
    append_json_seconds(out, webhook.created_us);
    out += R"(,"pending":)" + std::to_string(webhook.pending);
    out += R"(,"failures":)" + std::to_string(webhook.failures);
    if (with_secret) {
        out += R"(,"secret":)";
        append_json_string(out, webhook.secret);
    }
    out += '}';
    return out;
}

}  // namespace gavel::notifier
