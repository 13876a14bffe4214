#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/http/json_request_handler.h"

namespace gavel::testing {

// What a handler answered to one request, once it has.
struct RecordedAnswer {
    bool arrived = false;
    Response response;

    int status() const { return arrived ? response.status : 0; }
    const std::string& body() const { return response.body; }
    // "" when there is none.
    std::string header(std::string_view name) const {
        return std::string(response.headers.find(name).value_or(""));
    }
};

// Hands the request to the handler; the answer may arrive later.
inline std::shared_ptr<const RecordedAnswer> ask(const JSONRequestHandler& handler,
                                                 JSONRequest request) {
    auto answer = std::make_shared<RecordedAnswer>();
    handler.handle(std::move(request), Responder([answer](Response response) {
                       answer->arrived = true;
                       answer->response = std::move(response);
                   }));
    return answer;
}

inline std::shared_ptr<const RecordedAnswer> ask(const JSONRequestHandler& handler,
                                                 std::string method, std::string target,
                                                 std::string body = {}, Headers headers = {}) {
    return ask(handler, JSONRequest(std::move(method), std::move(target), std::move(body),
                                    std::move(headers)));
}

}  // namespace gavel::testing
