#include "common/http/router.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "common/http/percent_encoding.h"
#include "common/http/route_figures.h"

namespace gavel {
namespace {

constexpr std::size_t max_route_segments = 7;  // a longer path matches none

// The segments of a path, as many as a route may have and one more. Borrows the path.
class Segments {
  public:
    explicit Segments(std::string_view path) {
        if (!path.empty() && path.front() == '/') path.remove_prefix(1);
        if (!path.empty() && path.back() == '/') path.remove_suffix(1);
        while (!path.empty() && count_ < segments_.size()) {
            const auto slash = path.find('/');
            segments_[count_++] = path.substr(0, slash);
            if (slash == std::string_view::npos) return;
            path.remove_prefix(slash + 1);
            if (path.empty() && count_ < segments_.size()) segments_[count_++] = path;
        }
    }

    std::size_t size() const { return count_; }
    auto begin() const { return segments_.begin(); }
    auto end() const { return begin() + static_cast<std::ptrdiff_t>(count_); }
    std::string_view operator[](std::size_t place) const { return segments_[place]; }

  private:
    std::array<std::string_view, max_route_segments + 1> segments_;
    std::size_t count_ = 0;
};

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '<' && segment.back() == '>';
}

bool matches(const std::vector<std::string>& pattern, const Segments& path) {
    return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                      [](std::string_view expected, std::string_view actual) {
                          return is_parameter(expected) ? !actual.empty() : expected == actual;
                      });
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Action action) {
    Route route;
    route.method = method;
    route.figures = std::make_shared<RouteFigures>(route.method, std::string(pattern));
    route.action = std::move(action);
    for (const auto segment : Segments(pattern)) route.segments.emplace_back(segment);
    assert(route.segments.size() <= max_route_segments);
    routes_.push_back(std::move(route));
}

bool Router::dispatch(JSONRequest& request, const Responder& respond) const {
    const Segments path(request.path());
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
        request.note_route(route.figures);
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
