#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/http/router.h"
#include "common/logging/logging.h"

namespace gavel {

// The base of every service's HTTP side. A subclass registers its routes in its constructor,
//
//     route("POST", "/auctions/<auction_id>/bid", &AuctionHandler::place_bid);
//
// where the member either returns its answer or takes a Responder and answers later:
//
//     Response list_auctions(const JSONRequest&);
//     void place_bid(const JSONRequest&, const Responder&);
//
// The request lives until the member returns; what a later answer needs of it is copied.
// Runs on one loop's thread. No socket is needed: tests call handle().
class JSONRequestHandler {
  public:
    // `service` names the handler in log lines.
    explicit JSONRequestHandler(std::string service);
    virtual ~JSONRequestHandler() = default;
    JSONRequestHandler(const JSONRequestHandler&) = delete;
    JSONRequestHandler& operator=(const JSONRequestHandler&) = delete;

    // Answers the request. An HTTPError becomes `{"error": …}` with its status; any other
    // exception is logged and becomes a 500 that tells nothing.
    virtual void handle(JSONRequest request, Responder respond) const;

    const std::string& service() const { return service_; }
    spdlog::logger& logger() const { return *logger_; }

  protected:
    template <class Handler>
    void route(std::string_view method, std::string_view pattern,
               void (Handler::*member)(const JSONRequest&, const Responder&)) {
        auto* self = static_cast<Handler*>(this);
        router_.add(method, pattern, [self, member](const auto& request, const auto& respond) {
            (self->*member)(request, respond);
        });
    }

    template <class Handler, std::derived_from<Response> Answer>
    void route(std::string_view method, std::string_view pattern,
               Answer (Handler::*member)(const JSONRequest&)) {
        auto* self = static_cast<Handler*>(this);
        router_.add(method, pattern, [self, member](const auto& request, const auto& respond) {
            respond((self->*member)(request));
        });
    }

    // Called for a path that no route matches; the default refuses with 404.
    virtual void handle_unmatched(const JSONRequest& request, const Responder& respond) const;

  private:
    std::string service_;
    std::shared_ptr<spdlog::logger> logger_;
    Router router_;
};

}  // namespace gavel
