#include "common/http/operator_access.h"

#include "common/http/bearer_token.h"
#include "common/http/cluster_token.h"

namespace gavel {
namespace {

Response refused(int status, std::string_view message) {
    auto response = JSONResponse::error(status, message);
    if (status == 401) response.headers.set("WWW-Authenticate", "Bearer");
    return response;
}

// "localhost:8000", "[::1]:8000": a name that leads to this machine, so that no other name that
// was made to lead here (DNS rebinding) is taken for it.
bool names_this_machine(std::string_view host) {
    const auto bracket = host.find(']');
    const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    std::string_view name = host.substr(0, colon);
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    return equal_ignoring_case(name, "localhost") || is_loopback(name);
}

bool comes_from_this_machine(const JSONRequest& request) {
    const auto host = request.header("Host");
    return is_loopback(request.peer()) && host && names_this_machine(*host) &&
           !request.header("X-Forwarded-For") && !request.header("Forwarded");
}

bool comes_from_a_page(const JSONRequest& request) {
    return request.header("Origin") || request.header("Sec-Fetch-Site");
}

}  // namespace

bool is_loopback(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    if (address.starts_with(mapped)) address.remove_prefix(mapped.size());
    const bool numeric = address.find_first_not_of("0123456789.") == std::string_view::npos;
    return address == "::1" || (numeric && address.starts_with("127."));
}

std::optional<Response> OperatorAccess::refusal(const JSONRequest& request) const {
    if (token_.empty()) {
        if (comes_from_this_machine(request) && !comes_from_a_page(request)) return std::nullopt;
        return refused(403,
                       "operators only: ask from the machine itself, or set ADMIN_TOKEN and send "
                       "it as Authorization: Bearer");
    }
    if (brings_token(request)) return std::nullopt;
    return refused(401, "operators only: send ADMIN_TOKEN as Authorization: Bearer");
}

std::optional<Response> OperatorAccess::refusal_behind_gateway(const JSONRequest& request) const {
    return token_.empty() ? std::nullopt : refusal(request);
}

bool OperatorAccess::brings_token(const JSONRequest& request) const {
    const auto given = bearer_token(request.headers());
    return !token_.empty() && given && same_secret(*given, token_);
}

}  // namespace gavel
