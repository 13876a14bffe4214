#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/headers.h"

namespace gavel {

class RouteFigures;

// One request as a handler sees it. Knows no socket, so tests make one by hand.
// Belongs to one thread at a time.
class JSONRequest {
  public:
    JSONRequest() = default;
    JSONRequest(std::string method, std::string target, std::string body = {},
                Headers headers = {});

    const std::string& method() const { return method_; }
    // Path and query as they came, not decoded: what a proxy passes on.
    const std::string& target() const { return target_; }
    // Path as it came, without the query.
    std::string_view path() const;
    const std::string& body() const { return body_; }
    const Headers& headers() const { return headers_; }
    Headers& headers() { return headers_; }
    std::optional<std::string_view> header(std::string_view name) const {
        return headers_.find(name);
    }

    // The value of `<name>` in the route's pattern, percent-decoded. Empty when there is none.
    std::string_view path_parameter(std::string_view name) const;
    void set_path_parameters(std::vector<std::pair<std::string, std::string>> parameters);

    // The first value of a query parameter, percent-decoded; `+` is a space.
    std::optional<std::string> query(std::string_view name) const;
    // A query parameter that must be a decimal number in [0, max]; HTTPError 400 when it is not.
    std::optional<std::uint64_t> query_number(std::string_view name, std::uint64_t max) const;

    // The body as a JSON object, parsed at the first call; an empty body is `{}`. Throws
    // HTTPError 400 for anything else than an object, for broken JSON and for invalid UTF-8.
    const nlohmann::json& object() const;

    // Follows a request through every service (header X-Request-Id).
    const std::string& request_id() const { return request_id_; }
    void set_request_id(std::string id) { request_id_ = std::move(id); }

    // The address at the other end of the connection, as text; "" within one process.
    const std::string& peer() const { return peer_; }
    void set_peer(std::string address) { peer_ = std::move(address); }

    // Where the route that answers is noted, for whoever counts requests; null: it is not. Of
    // several handlers behind one another the last one counts.
    using RouteNote = std::shared_ptr<std::shared_ptr<RouteFigures>>;
    void note_route_in(RouteNote note) { route_note_ = std::move(note); }
    void note_route(const std::shared_ptr<RouteFigures>& route) const {
        if (route_note_) *route_note_ = route;
    }

    // The client asked for an answer without lists that grow (RFC 7240, return=minimal).
    bool prefers_minimal() const { return headers_.has_token("Prefer", "return=minimal"); }

  private:
    std::string method_;
    std::string target_;
    std::string body_;
    Headers headers_;
    std::string request_id_;
    std::string peer_;
    RouteNote route_note_;
    std::vector<std::pair<std::string, std::string>> path_parameters_;
    mutable std::shared_ptr<const nlohmann::json> object_;
};

}  // namespace gavel
