#include "services/history/history_handler.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/http/http_error.h"
#include "common/limits.h"
#include "common/logging/logging.h"
#include "services/history/event_text.h"

namespace gavel::history {
namespace {

constexpr std::uint64_t max_position = std::numeric_limits<std::int64_t>::max();

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

HistoryQuery read_query(const JSONRequest& request) {
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

Response rendered(HistoryAnswer answer, std::uint64_t index) {
    auto response = JSONResponse::rendered(200, std::move(answer.body));
    response.headers.set("Gavel-Index", std::to_string(index));
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
    : JSONRequestHandler("history_service"), parts_(std::move(parts)) {
    route("POST", "/events", &HistoryHandler::post_event);
    route("GET", "/events", &HistoryHandler::get_events);
    route("GET", "/livez", &HistoryHandler::livez);
    route("GET", "/readyz", &HistoryHandler::readyz);
}

void HistoryHandler::post_event(const JSONRequest& request, const Responder& respond) {
    const auto& object = request.object();
    Note note;
    note.auction_id = json_field(object, "auction_id", "null", limits::max_event_field_bytes);
    note.event_type = json_field(object, "event_type", "null", limits::max_event_field_bytes);
    note.payload = json_field(object, "payload", R"("")", limits::max_payload_bytes);
    note.time_us = parts_.unix_time_us();

    std::string text = R"({"event":{)";
    append_event_fields(text, {note.auction_id, note.event_type, note.payload, note.time_us});
    text += "}}";
    parts_.notes.add(std::move(note), [respond, text = std::move(text)](NoteResult result) {
        respond(answer_for(result, text));
    });
}

void HistoryHandler::get_events(const JSONRequest& request, const Responder& respond) {
    const auto query = read_query(request);
    const auto min_index = request.query_number("min_index", max_position).value_or(0);
    parts_.view.when_reached(min_index, limits::read_wait_ms, [this, query, respond](bool reached) {
        if (reached) {
            read(query, respond);
        } else {
            respond(JSONResponse::unavailable("history is catching up, try again"));
        }
    });
}

void HistoryHandler::read(const HistoryQuery& query, const Responder& respond) {
    // Holds at least what is known now; the header promises no more.
    const std::uint64_t index = parts_.view.index();
    // The responder moves to the worker and back, so that its last copy is let go on the loop.
    auto task = [&reader = parts_.reader, &scheduler = parts_.scheduler, query, index,
                 responder = std::optional<Responder>(respond)]() mutable {
        Response response;
        try {
            response = rendered(reader.read(query), index);
        } catch (const std::exception& error) {
            service_logger("history_service")->error("cannot read the history: {}", error.what());
            response = JSONResponse::error(500, "internal error");
        }
        scheduler.post(
            [moved = std::exchange(responder, std::nullopt),
             response = std::move(response)]() mutable { (*moved)(std::move(response)); });
    };
    if (!parts_.reading.submit(std::move(task))) {
        respond(JSONResponse::unavailable("history is overloaded, try again"));
    }
}

JSONResponse HistoryHandler::livez(const JSONRequest&) {
    return JSONResponse::rendered(200, R"({"status":"ok"})");
}

JSONResponse HistoryHandler::readyz(const JSONRequest&) {
    return JSONResponse::rendered(
        200, R"({"status":"ready","index":)" + std::to_string(parts_.view.index()) +
                 R"(,"connected":)" + (parts_.connected() ? "true}" : "false}"));
}

}  // namespace gavel::history
