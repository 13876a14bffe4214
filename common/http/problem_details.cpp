#include "common/http/problem_details.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/http/field_syntax.h"
#include "common/http/reason_phrase.h"
#include "common/limits.h"

namespace gavel {
namespace {

using nlohmann::ordered_json;

constexpr const char* problem_type = "application/problem+json";

bool names_problem(std::string_view media_ranges) {
    while (!media_ranges.empty()) {
        const auto element = media_ranges.substr(0, media_ranges.find(','));
        const auto type = without_outer_blanks(element.substr(0, element.find(';')));
        if (equal_ignoring_case(type, problem_type)) return true;
        media_ranges.remove_prefix(std::min(media_ranges.size(), element.size() + 1));
    }
    return false;
}

}  // namespace

bool wants_problem(const Headers& request_headers) {
    return std::any_of(request_headers.begin(), request_headers.end(), [](const auto& field) {
        return equal_ignoring_case(field.first, "Accept") && names_problem(field.second);
    });
}

void make_problem(Response& response, const std::string& request_id, std::int64_t unix_us) {
    const auto type = response.headers.find("Content-Type");
    const bool json = !type || type->starts_with("application/json");
    // A list of bids that were all refused is an answer of its own.
    const bool small = response.body.size() <= limits::max_problem_bytes;
    if (response.status < 400 || response.stream || !json || !small) return;
    const auto told = ordered_json::parse(response.body, nullptr, false);
    if (!told.is_object()) return;
    const char* const text = told.contains("error") ? "error" : "message";
    if (!told.contains(text) || !told[text].is_string()) return;
    ordered_json problem;
    problem["type"] = "about:blank";
    problem["title"] = reason_phrase(response.status);
    problem["status"] = response.status;
    problem["detail"] = told[text];
    if (!request_id.empty()) problem["request_id"] = request_id;
    problem["server_time"] = static_cast<double>(unix_us / 1000) / 1000;
    for (const auto& [name, value] : told.items()) {
        if (name != text && name != "ok" && !problem.contains(name)) problem[name] = value;
    }
    response.body = problem.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    response.headers.set("Content-Type", problem_type);
    response.headers.set("Vary", "Accept");
}

}  // namespace gavel
