#include "services/history/history_handler.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/http/http_error.h"
#include "common/limits.h"
#include "services/history/event_text.h"

namespace gavel::history {
namespace {

// The field as JSON text: any value is taken, as long as it is short.
std::string json_field(const nlohmann::json& object, const char* name, const char* absent,
                       std::size_t max_bytes) {
    const auto found = object.find(name);
    if (found == object.end()) return absent;
    std::string text = found->dump();
    if (text.size() > max_bytes) {
        throw bad_request(std::string(name) + " is longer than " + std::to_string(max_bytes) +
                          " bytes of JSON");
    }
    return text;
}

HistoryQuery read_query(const JSONRequest& request, std::uint64_t max_position) {
    HistoryQuery query;
    query.auction_id = request.query("auction_id");
    query.after = request.query_number("after", max_position);
    if (const auto limit = request.query_number("limit", limits::max_history_page_events)) {
        if (*limit == 0) throw bad_request("limit must be at least 1");
        query.limit = static_cast<std::size_t>(*limit);
    }
    if (const auto shape = request.query("shape")) {
        if (*shape != "full") throw bad_request("shape must be full, or absent");
        query.full = true;
    }
    return query;
}

Response rendered(HistoryAnswer answer) {
    auto response = JSONResponse::rendered(200, std::move(answer.body));
    if (answer.truncated) response.headers.set("Gavel-Truncated", "true");
    return response;
}

Response answer_for(NoteResult result, std::string stored_text) {
    switch (result) {
        case NoteResult::stored: return JSONResponse::rendered(201, std::move(stored_text));
        case NoteResult::try_again:
            return JSONResponse::unavailable("history cannot store events now, try again");
        case NoteResult::failed: break;
    }
    return JSONResponse::error(500, "internal error");
}

}  // namespace

HistoryHandler::HistoryHandler(Parts parts)
    : StoredViewHandler({parts.scheduler, parts.reading, parts.view, std::move(parts.connected),
                         "history_service", "history", "the history"}),
      reader_(parts.reader),
      notes_(parts.notes),
      unix_time_us_(std::move(parts.unix_time_us)) {
    route("POST", "/events", &HistoryHandler::post_event);
    route("GET", "/events", &HistoryHandler::get_events);
}

void HistoryHandler::post_event(const JSONRequest& request, const Responder& respond) {
    const auto& object = request.object();
    Note note;
    note.auction_id = json_field(object, "auction_id", "null", limits::max_event_field_bytes);
    note.event_type = json_field(object, "event_type", "null", limits::max_event_field_bytes);
    note.payload = json_field(object, "payload", R"("")", limits::max_payload_bytes);
    note.time_us = unix_time_us_();

    std::string text = R"({"event":{)";
    append_event_fields(text, {note.auction_id, note.event_type, note.payload, note.time_us});
    text += "}}";
    notes_.add(std::move(note), [respond, text = std::move(text)](NoteResult result) {
        respond(answer_for(result, text));
    });
}

void HistoryHandler::get_events(const JSONRequest& request, const Responder& respond) {
    answer(request, respond, [&reader = reader_, query = read_query(request, max_position)] {
        return rendered(reader.read(query));
    });
}

}  // namespace gavel::history
