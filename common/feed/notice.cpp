#include "common/feed/notice.h"

#include "common/json/json_text.h"

namespace gavel {

const char* to_string(Notice::Kind kind) {
    switch (kind) {
        case Notice::Kind::won: return "won";
        case Notice::Kind::outbid: return "outbid";
        case Notice::Kind::lost: return "lost";
        case Notice::Kind::unsold: return "unsold";
        case Notice::Kind::extended: break;
    }
    return "extended";
}

std::optional<Notice::Kind> parse_notice_kind(std::string_view text) {
    for (const auto kind : Notice::kinds) {
        if (text == to_string(kind)) return kind;
    }
    return std::nullopt;
}

void append_members(std::string& out, const Notice& notice) {
    out += R"("kind":")";
    out += to_string(notice.kind);
    out += R"(","auction_id":")";
    out += std::to_string(notice.auction_id);
    out += R"(","recipient":)";
    append_json_string(out, notice.recipient);
    out += R"(,"amount":)";
    out += format_decimal({notice.amount.units, Money::Notation::decimal});
    out += R"(,"time":)";
    append_json_seconds(out, notice.time_us);
    if (!notice.reason.empty()) {
        out += R"(,"reason":)";
        append_json_string(out, notice.reason);
    }
    if (notice.kind == Notice::Kind::extended) {
        out += R"(,"closing_time":)";
        append_json_seconds(out, notice.closing_time_us);
    }
}

}  // namespace gavel
