#include "common/http/json_request.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "common/http/http_error.h"
#include "common/http/percent_encoding.h"
#include "common/limits.h"

namespace gavel {
namespace {

// The parser itself needs no stack per level, but everything that walks a document might.
class DepthLimit {
  public:
    // `depth` counts the objects and arrays around the one that starts.
    bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json&) const {
        const bool starts = event == nlohmann::json::parse_event_t::object_start ||
                            event == nlohmann::json::parse_event_t::array_start;
        if (starts && depth >= limits::max_json_depth) {
            throw bad_request("JSON is nested too deeply");
        }
        return true;
    }
};

std::shared_ptr<const nlohmann::json> parse_object(const std::string& body) {
    if (body.find_first_not_of(" \t\r\n") == std::string::npos) {
        return std::make_shared<const nlohmann::json>(nlohmann::json::object());
    }
    // The parser takes a NUL for the end and would not look at what follows.
    if (body.find('\0') != std::string::npos) throw bad_request("request body is not valid JSON");
    nlohmann::json parsed;
    // Counting brackets is much cheaper than a callback for each value, and a document with few
    // of them cannot be deep.
    int brackets = 0;
    for (const char c : body) brackets += c == '[' || c == '{';
    try {
        parsed = brackets <= limits::max_json_depth ? nlohmann::json::parse(body)
                                                    : nlohmann::json::parse(body, DepthLimit());
    } catch (const nlohmann::json::exception&) {
        throw bad_request("request body is not valid JSON");
    }
    if (!parsed.is_object()) throw bad_request("request body must be a JSON object");
    return std::make_shared<const nlohmann::json>(std::move(parsed));
}

}  // namespace

JSONRequest::JSONRequest(std::string method, std::string target, std::string body, Headers headers)
    : method_(std::move(method)),
      target_(std::move(target)),
      body_(std::move(body)),
      headers_(std::move(headers)) {}

std::string_view JSONRequest::path() const {
    return std::string_view(target_).substr(0, target_.find('?'));
}

std::string_view JSONRequest::path_parameter(std::string_view name) const {
    for (const auto& [key, value] : path_parameters_) {
        if (key == name) return value;
    }
    return {};
}

void JSONRequest::set_path_parameters(std::vector<std::pair<std::string, std::string>> parameters) {
    path_parameters_ = std::move(parameters);
}

std::optional<std::string> JSONRequest::query(std::string_view name) const {
    const auto mark = target_.find('?');
    if (mark == std::string::npos) return std::nullopt;
    std::string_view rest = std::string_view(target_).substr(mark + 1);
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        const auto equals = pair.find('=');
        if (percent_decode(pair.substr(0, equals), true) == name) {
            if (equals == std::string_view::npos) return std::string();
            return percent_decode(pair.substr(equals + 1), true);
        }
        if (pair.size() == rest.size()) break;
        rest.remove_prefix(pair.size() + 1);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> JSONRequest::query_number(std::string_view name,
                                                       std::uint64_t max) const {
    const auto text = query(name);
    if (!text) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || text->empty() ||
        value > max) {
        throw bad_request(std::string(name) + " must be a number from 0 to " + std::to_string(max));
    }
    return value;
}

const nlohmann::json& JSONRequest::object() const {
    if (!object_) object_ = parse_object(body_);
    return *object_;
}

}  // namespace gavel
