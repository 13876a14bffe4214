#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/json_request.h"
#include "common/http/operator_access.h"

namespace gavel {

// A token that proves a bidder's name until a time: HEX(name).UNIX-SECONDS.HEX(signature), where
// the signature is HMAC-SHA256 over what stands before it (RFC 2104) with the operator's key.
// REQUIRES: a name that bids may have.
std::string mint_bidder_token(std::string_view key, std::string_view name, std::int64_t expires_s);
// The name; nothing when it was not signed with this key, or has expired.
std::optional<std::string> read_bidder_token(std::string_view key, std::string_view token,
                                             std::int64_t now_s);

// Who sends a request, as far as that can be proved: by `Authorization: Bearer TOKEN` (RFC 6750).
// Off without keys: then a name is what the request says, as it always was. Any thread.
class Identity {
  public:
    struct Keys {
        std::string bidders;  // BIDDER_TOKEN_KEY; "": bidders cannot prove who they are
        std::string admin;    // ADMIN_TOKEN; see OperatorAccess
    };

    Identity() = default;
    Identity(Keys keys, std::function<std::int64_t()> unix_now_us)
        : bidders_(std::move(keys.bidders)),
          operators_(std::move(keys.admin)),
          unix_now_us_(std::move(unix_now_us)) {}

    bool knows_bidders() const { return !bidders_.empty(); }
    const OperatorAccess& operators() const { return operators_; }

    // The bidder that is proved to ask; nothing when none is, or bidders are not known. Throws
    // HTTPError 401 for a token that proves nothing.
    std::optional<std::string> bidder(const JSONRequest& request) const;
    bool is_operator(const JSONRequest& request) const { return operators_.brings_token(request); }

    // Where bidders are known: throws HTTPError 401 when nobody is proved to ask, 403 when it is
    // another one than `name`. `what` begins the sentence: "a maximum bid".
    void require(const std::optional<std::string>& proved, std::string_view name,
                 const std::string& what) const;
    // Throws HTTPError 403 when it is proved that another one than `name` asks.
    static void refuse_other(const std::optional<std::string>& proved, std::string_view name);

  private:
    std::string bidders_;
    OperatorAccess operators_;
    std::function<std::int64_t()> unix_now_us_;
};

}  // namespace gavel
