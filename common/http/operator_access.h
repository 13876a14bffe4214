#pragma once

#include <optional>
#include <string>

#include "common/http/json_request.h"
#include "common/http/response.h"

namespace gavel {

// Who may use the routes that are for operators alone. With a token (ADMIN_TOKEN), whoever brings
// it: `Authorization: Bearer TOKEN`. Without one, programs on the same machine: the connection
// comes from a loopback address, is for one, and was not passed on by a proxy; and no browser made
// the request, since any page that an operator looks at could have asked for it.
class OperatorAccess {
  public:
    // "": there is no token.
    explicit OperatorAccess(std::string token = {}) : token_(std::move(token)) {}

    // What the client is answered when it is no operator; nothing when it is one.
    std::optional<Response> refusal(const JSONRequest& request) const;
    // The same for a service that only other services reach: without a token they are believed.
    std::optional<Response> refusal_behind_gateway(const JSONRequest& request) const;

    // False when there is no token.
    bool brings_token(const JSONRequest& request) const;

  private:
    std::string token_;
};

// "127.0.0.1" and the like, "::1" and IPv4's loopback within IPv6.
bool is_loopback(std::string_view address);

}  // namespace gavel
