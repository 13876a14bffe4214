#include "common/http/router.h"

#include <algorithm>

#include "common/http/percent_encoding.h"

namespace gavel {
namespace {

std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> segments;
    if (!path.empty() && path.front() == '/') path.remove_prefix(1);
    if (!path.empty() && path.back() == '/') path.remove_suffix(1);
    if (path.empty()) return segments;
    for (;;) {
        const auto slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '<' && segment.back() == '>';
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
    return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                      [](std::string_view expected, std::string_view actual) {
                          return is_parameter(expected) ? !actual.empty() : expected == actual;
                      });
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Action action) {
    Route route{std::string(method), std::string(pattern), {}, std::move(action)};
    for (const auto segment : split_path(pattern)) route.segments.emplace_back(segment);
    routes_.push_back(std::move(route));
}

bool Router::dispatch(JSONRequest& request, const Responder& respond) const {
    const auto path = split_path(request.path());
    std::string_view method = request.method();
    if (method == "HEAD") method = "GET";
    std::vector<std::string_view> other_methods;
    for (const auto& route : routes_) {
        if (!matches(route.segments, path)) continue;
        if (route.method != method) {
            const bool known = std::find(other_methods.begin(), other_methods.end(),
                                         route.method) != other_methods.end();
            if (!known) other_methods.push_back(route.method);
            continue;
        }
        std::vector<std::pair<std::string, std::string>> parameters;
        for (std::size_t i = 0; i < path.size(); ++i) {
            const std::string_view expected = route.segments[i];
            if (!is_parameter(expected)) continue;
            parameters.emplace_back(expected.substr(1, expected.size() - 2),
                                    percent_decode(path[i]));
        }
        request.set_path_parameters(std::move(parameters));
        request.note_route(route.pattern);
        route.action(request, respond);
        return true;
    }
    if (other_methods.empty()) return false;
    std::string allowed;
    for (const auto other : other_methods) {
        if (!allowed.empty()) allowed += ", ";
        allowed += other;
        if (other == "GET") allowed += ", HEAD";
    }
    auto refusal = JSONResponse::error(405, "method not allowed");
    refusal.headers.set("Allow", allowed);
    respond(std::move(refusal));
    return true;
}

}  // namespace gavel
