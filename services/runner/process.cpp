#include "services/runner/process.h"

#include <unistd.h>

#include <stdexcept>

#include "common/clock/clock.h"
#include "common/http/http_service_client.h"
#include "common/http/in_process_service_client.h"
#include "common/logging/logging.h"
#include "common/storage/folder.h"

namespace gavel {
namespace {

constexpr std::int64_t shutdown_check_ms = 20;
constexpr int shutdown_checks = 150;  // three seconds, then what is left is cut off

void make_data_dir(const std::string& path) {
    std::string why;
    try {
        make_folder(path);
        if (::access(path.c_str(), W_OK | X_OK) == 0) return;
    } catch (const std::runtime_error& error) {
        why = std::string(" (") + error.what() + ")";
    }
    throw std::runtime_error("cannot write to the data folder " + path + why +
                             "; give this user access to it, or set DATA_DIR to another one");
}

}  // namespace

Process::Process(const Settings& settings)
    : settings_(settings), stop_signals_(loop_, [this] { shut_down(); }), resolver_("resolver") {
    if (runs(Service::auction) || runs(Service::history)) make_data_dir(settings_.data_dir);
    if (runs(Service::auction)) make_auction_service();
    if (runs(Service::history)) make_history_service();
    if (runs(Service::bidding)) make_bidding_service();
    if (runs(Service::gateway)) make_gateway();
    if (runs(Service::frontend)) make_frontend();
}

Process::~Process() = default;

bool Process::runs(Service service) const {
    return settings_.service == Service::all || settings_.service == service;
}

void Process::make_auction_service() {
    auction::AuctionHouse::Options options;
    options.log = auction::AuctionLogLocation::parse(settings_.auction_log);
    options.unix_now_us = wall_clock_us();
    options.on_fatal = [this](const std::string& why) { end_at_once(why); };
    auction_ = std::make_unique<auction::AuctionService>(loop_, options);
    listen(auction_->handler(), settings_.auction_port);
    auction_->start();
}

void Process::make_history_service() {
    const bool nothing_is_kept =
        auction_ != nullptr && auction::AuctionLogLocation::parse(settings_.auction_log).in_memory;
    auto& auctions = client_for(auction_ ? &auction_->handler() : nullptr, settings_.auction_url);
    history_ = std::make_unique<history::HistoryService>(
        loop_, auctions,
        history::HistoryOptions{nothing_is_kept ? ":memory:" : settings_.data_dir + "/history.db",
                                [this](const std::string& why) { end_at_once(why); }});
    listen(history_->handler(), settings_.history_port);
    history_->start();
}

void Process::make_bidding_service() {
    auto& auctions = client_for(auction_ ? &auction_->handler() : nullptr, settings_.auction_url);
    bidding_ = std::make_unique<bidding::BiddingService>(loop_, auctions);
    listen(bidding_->handler(), settings_.bidding_port);
    bidding_->start();
}

void Process::make_gateway() {
    gateway_ = std::make_unique<gateway::GatewayService>(
        loop_, gateway::GatewayService::Clients{
                   client_for(auction_ ? &auction_->handler() : nullptr, settings_.auction_url),
                   client_for(bidding_ ? &bidding_->handler() : nullptr, settings_.bidding_url),
                   client_for(history_ ? &history_->handler() : nullptr, settings_.history_url)});
    listen(gateway_->handler(), settings_.gateway_port);
    if (settings_.go_gateway_port) listen(gateway_->go_handler(), *settings_.go_gateway_port);
    gateway_->start();
}

void Process::make_frontend() {
    auto& gateway = client_for(gateway_ ? &gateway_->handler() : nullptr, settings_.gateway_url);
    frontend_ = std::make_unique<frontend::FrontendService>(gateway, settings_.static_dir);
    listen(frontend_->handler(), settings_.frontend_port);
}

ServiceClient& Process::client_for(const JSONRequestHandler* local, const ServiceURL& url) {
    if (local != nullptr) {
        clients_.push_back(std::make_unique<InProcessServiceClient>(loop_, *local));
    } else {
        clients_.push_back(std::make_unique<HTTPServiceClient>(loop_, resolver_, url));
    }
    return *clients_.back();
}

void Process::listen(const JSONRequestHandler& handler, std::uint16_t port) {
    servers_.push_back(std::make_unique<HTTPServer>(
        loop_, handler, HTTPServer::Options{settings_.bind_address, port}));
    service_logger(handler.service())->info("listening on {}:{}", settings_.bind_address, port);
}

int Process::run() {
    loop_.run();
    return exit_status_;
}

void Process::shut_down() {
    if (stopping_) {
        loop_.stop();  // asked twice: at once
        return;
    }
    stopping_ = true;
    service_logger("gavel")->info("stopping");
    for (const auto& server : servers_) server->shut_down();
    if (auction_) auction_->shut_down();
    wait_for_connections(shutdown_checks);
}

void Process::wait_for_connections(int rounds_left) {
    std::size_t open = 0;
    for (const auto& server : servers_) open += server->connection_count();
    if (open == 0 || rounds_left == 0) {
        loop_.stop();
        return;
    }
    loop_.call_after_ms(shutdown_check_ms,
                        [this, rounds_left] { wait_for_connections(rounds_left - 1); });
}

void Process::end_at_once(const std::string& why) {
    service_logger("gavel")->critical("ending: {}", why);
    exit_status_ = 1;
    // Answers that were just given may still leave; nothing new is begun.
    for (const auto& server : servers_) server->shut_down();
    loop_.call_after_ms(shutdown_check_ms, [this] { loop_.stop(); });
}

}  // namespace gavel
