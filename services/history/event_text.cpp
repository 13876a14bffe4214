#include "services/history/event_text.h"

#include "common/json/json_text.h"

namespace gavel::history {

void append_event_fields(std::string& out, const EventText& event) {
    out += R"("auction_id":)";
    out += event.auction_id;
    out += R"(,"event_type":)";
    out += event.event_type;
    out += R"(,"payload":)";
    out += event.payload;
    out += R"(,"timestamp":)";
    append_json_seconds(out, event.time_us);
}

}  // namespace gavel::history
