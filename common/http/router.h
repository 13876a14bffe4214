#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/json_request.h"
#include "common/http/response.h"

namespace gavel {

class RouteFigures;

// Maps method and path to what answers them. A pattern's `<name>` segment matches one whole
// segment, whatever it holds once decoded; a trailing slash matches as if it were not there.
class Router {
  public:
    using Action = std::function<void(const JSONRequest&, const Responder&)>;

    void add(std::string_view method, std::string_view pattern, Action action);

    // Runs the action that matches, with the request's path parameters set, or answers 405 with
    // Allow when the path is known under other methods. False when the path is not known.
    // HEAD is answered by GET's action.
    bool dispatch(JSONRequest& request, const Responder& respond) const;

  private:
    struct Route {
        std::string method;
        std::vector<std::string> segments;
        Action action;
        std::shared_ptr<RouteFigures> figures;
    };

    std::vector<Route> routes_;
};

}  // namespace gavel
