#include "common/feed/stored_view_handler.h"

#include <optional>
#include <utility>

#include "common/http/http_error.h"
#include "common/limits.h"
#include "common/logging/logging.h"

namespace gavel {

StoredViewHandler::StoredViewHandler(Reads reads)
    : JSONRequestHandler(reads.service), reads_(std::move(reads)) {
    route("GET", "/livez", &StoredViewHandler::livez);
    route("GET", "/readyz", &StoredViewHandler::readyz);
}

void StoredViewHandler::answer(const JSONRequest& request, const Responder& respond,
                               std::function<Response()> read) {
    const auto min_index = request.query_number("min_index", max_position).value_or(0);
    reads_.view.when_reached(
        min_index, limits::read_wait_ms, [this, read = std::move(read), respond](bool reached) {
            if (reached) {
                read_now(read, respond);
            } else {
                respond(JSONResponse::unavailable(reads_.who + " is catching up, try again"));
            }
        });
}

void StoredViewHandler::read_now(std::function<Response()> read, const Responder& respond) {
    // Holds at least what is known now; the header promises no more.
    const std::uint64_t index = reads_.view.index();
    // The responder moves to the worker and back, so that its last copy is let go on the loop.
    auto task = [&scheduler = reads_.scheduler, service = reads_.service, what = reads_.what, index,
                 read = std::move(read), responder = std::optional<Responder>(respond)]() mutable {
        Response response;
        try {
            response = read();
            response.headers.set("Gavel-Index", std::to_string(index));
        } catch (const HTTPError& refusal) {
            response = JSONResponse::error(refusal.status(), refusal.what());
        } catch (const StorageError& error) {
            service_logger(service)->error("cannot use {}: {}", what, error.what());
            response = error.kind() == StorageError::Kind::full
                           ? JSONResponse::unavailable("the disk is full, try again later")
                           : JSONResponse::error(500, "internal error");
        } catch (const std::exception& error) {
            service_logger(service)->error("cannot read {}: {}", what, error.what());
            response = JSONResponse::error(500, "internal error");
        }
        scheduler.post(
            [moved = std::exchange(responder, std::nullopt),
             response = std::move(response)]() mutable { (*moved)(std::move(response)); });
    };
    if (!reads_.disk.submit(std::move(task))) {
        respond(JSONResponse::unavailable(reads_.who + " is overloaded, try again"));
    }
}

JSONResponse StoredViewHandler::livez(const JSONRequest&) {
    return JSONResponse::rendered(200, R"({"status":"ok"})");
}

JSONResponse StoredViewHandler::readyz(const JSONRequest&) {
    return JSONResponse::rendered(
        200, R"({"status":"ready","index":)" + std::to_string(reads_.view.index()) +
                 R"(,"connected":)" + (reads_.connected() ? "true}" : "false}"));
}

}  // namespace gavel
