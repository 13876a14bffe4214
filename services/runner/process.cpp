#include "services/runner/process.h"

#include <unistd.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "common/clock/clock.h"
#include "common/http/batching_service_client.h"
#include "common/http/cluster_service_client.h"
#include "common/http/http_service_client.h"
#include "common/http/in_process_service_client.h"
#include "common/logging/logging.h"
#include "common/storage/folder.h"
#include "services/auction/create_request.h"
#include "services/runner/auction_resource.h"

namespace gavel {
namespace {

constexpr std::int64_t shutdown_check_ms = 20;
constexpr int handover_checks = 100;  // two seconds
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

// Room for others beside the subscribers.
std::size_t max_connections(const Settings& settings) {
    return std::max(limits::max_connections,
                    settings.max_subscribers + limits::connections_beside_subscribers);
}

std::uint64_t random_number() {
    std::random_device device;
    return std::uniform_int_distribution<std::uint64_t>()(device);
}

}  // namespace

Process::Process(const Settings& settings)
    : settings_(settings), stop_signals_(loop_, [this] { shut_down(); }), resolver_("resolver") {
    const bool has_data = runs(Service::auction) || runs(Service::history) ||
                          (runs(Service::bidding) && two_phase()) || runs(Service::notifier) ||
                          settings_.service == Service::raft_node ||
                          settings_.service == Service::two_phase_coordinator;
    if (has_data) make_data_dir(settings_.data_dir);
    const bool faces_clients = runs(Service::gateway) || runs(Service::frontend);
    if (settings_.rate_limit && faces_clients) {
        limiter_ = std::make_unique<RateLimiter>(
            RateLimiter::Options{*settings_.rate_limit, settings_.trusted_proxies});
    }
    if (runs(Service::auction)) make_auction_service();
    if (runs(Service::history)) make_history_service();
    if (runs(Service::notifier)) make_notifier_service();
    if (runs(Service::bidding)) make_bidding_service();
    if (runs(Service::gateway)) make_gateway();
    if (runs(Service::frontend)) make_frontend();
    if (settings_.service == Service::raft_node) make_raft_node();
    if (settings_.service == Service::two_phase_coordinator) make_coordinator();
}

Process::~Process() = default;

Identity Process::identity() const {
    return {settings_.keys, [] { return wall_clock_us(); }};
}

bool Process::runs(Service service) const {
    return settings_.service == Service::all || settings_.service == service;
}

void Process::make_auction_service() {
    auction::AuctionHouse::Options options;
    options.log = auction::AuctionLogLocation::parse(settings_.auction_log);
    options.on_fatal = [this](const std::string& why) { end_at_once(why); };
    auction_ = std::make_unique<auction::AuctionService>(loop_, options, identity());
    std::unique_ptr<Participation> participation;
    if (two_phase()) {
        participation = std::make_unique<Participation>(
            loop_, participant_options(auction_participant),
            std::make_unique<AuctionResource>(loop_, auction_->engine(), [] { return true; }),
            auction_->handler());
    }
    listen_to_services(participating(std::move(participation), auction_->handler()),
                       settings_.auction_port);
    auction_->start();
}

const JSONRequestHandler& Process::participating(std::unique_ptr<Participation> participation,
                                                 const JSONRequestHandler& service) {
    if (participation == nullptr) return service;
    participations_.push_back(std::move(participation));
    participations_.back()->start();
    return participations_.back()->handler();
}

const JSONRequestHandler& Process::participating_view(const std::string& name,
                                                      const JSONRequestHandler& service,
                                                      ViewResource::Carry carry) {
    if (!two_phase()) return service;
    return participating(
        std::make_unique<Participation>(loop_, participant_options(name),
                                        std::make_unique<ViewResource>(std::move(carry)), service,
                                        view_path(name + "-transactions.db"),
                                        [this](const std::string& why) { end_at_once(why); }),
        service);
}

Participation::Options Process::participant_options(const std::string& name) {
    Participation::Options options;
    options.name = name;
    options.token = settings_.cluster_token;
    for (const auto& url : settings_.coordinator_urls) {
        options.coordinators.push_back({url.authority(), client_for(nullptr, url)});
    }
    return options;
}

std::string Process::view_path(const std::string& name) const {
    const bool nothing_is_kept =
        auction_ != nullptr && auction::AuctionLogLocation::parse(settings_.auction_log).in_memory;
    return nothing_is_kept ? ":memory:" : settings_.data_dir + "/" + name;
}

void Process::make_history_service() {
    auto& auctions = auctions_client();
    history_ = std::make_unique<history::HistoryService>(
        loop_, auctions,
        history::HistoryOptions{view_path("history.db"),
                                [this](const std::string& why) { end_at_once(why); }});
    const auto& handler = participating_view(
        "history_service", history_->handler(),
        [this](const TransactionTerms& terms, const AuctionFacts& facts, auto done) {
            const bool create = terms.kind == TransactionKind::create;
            history_->when_told(facts.auction_id,
                                create ? FeedEvent::Type::created : FeedEvent::Type::closed,
                                std::move(done));
        });
    listen(handler, settings_.history_port);
    history_->start();
}

void Process::make_notifier_service() {
    auto& auctions = auctions_client();
    notifier_ = std::make_unique<notifier::NotifierService>(
        loop_, auctions,
        notifier::NotifierOptions{view_path("notices.db"),
                                  [this](const std::string& why) { end_at_once(why); },
                                  settings_.webhook_allow_private});
    const auto& handler = participating_view(
        "notifier_service", notifier_->handler(),
        [this](const TransactionTerms& terms, const AuctionFacts& facts, auto done) {
            // Nobody is told of a new auction, nor of one that nobody won.
            if (terms.kind == TransactionKind::create || facts.winner.empty()) {
                done();
            } else {
                notifier_->when_told(facts.auction_id, std::move(done));
            }
        });
    listen(handler, settings_.notifier_port);
    notifier_->start();
}

void Process::make_bidding_service() {
    auto& auctions = auctions_client();
    bidding_ = std::make_unique<bidding::BiddingService>(loop_, auctions);
    const auto& handler = participating_view(
        "bidding_service", bidding_->handler(),
        [this](const TransactionTerms& terms, const AuctionFacts& facts, const auto& done) {
            auto& board = bidding_->board();
            if (terms.kind == TransactionKind::create) {
                const auto create = auction::read_create(terms.request);
                board.learn_created(facts.auction_id, create.starting_bid, create.terms != nullptr);
            } else {
                board.learn_closed(facts.auction_id);
            }
            done();
        });
    listen_to_services(handler, settings_.bidding_port);
    bidding_->start();
}

void Process::make_gateway() {
    std::optional<std::uint64_t> write_session;
    if (auctions_are_a_cluster()) write_session = random_number();
    std::vector<ServiceClient*> coordinators;
    for (const auto& url : settings_.coordinator_urls) {
        coordinators.push_back(&client_for(nullptr, url));
    }
    gateway_ = std::make_unique<gateway::GatewayService>(
        loop_,
        gateway::GatewayService::Clients{
            auctions_client(),
            batching_client_for(bidding_ ? &bidding_->handler() : nullptr, settings_.bidding_url),
            client_for(history_ ? &history_->handler() : nullptr, settings_.history_url),
            &client_for(notifier_ ? &notifier_->handler() : nullptr, settings_.notifier_url),
            std::move(coordinators), settings_.cluster_token, identity()},
        write_session, auction_nodes(),
        gateway::EventHub::Options{.max_subscribers = settings_.max_subscribers});
    listen(gateway_->handler(), settings_.gateway_port);
    if (settings_.go_gateway_port) listen(gateway_->go_handler(), *settings_.go_gateway_port);
    gateway_->start();
}

void Process::make_frontend() {
    auto& gateway = client_for(gateway_ ? &gateway_->handler() : nullptr, settings_.gateway_url);
    frontend_ = std::make_unique<frontend::FrontendService>(gateway, settings_.static_dir);
    listen(frontend_->handler(), settings_.frontend_port);
}

void Process::make_raft_node() {
    RaftService::Options options;
    options.node = settings_.raft;
    options.unix_now_us = [] { return wall_clock_us(); };
    options.on_fatal = [this](const std::string& why) { end_at_once(why); };
    options.identity = identity();
    if (two_phase()) options.participant = participant_options(auction_participant);
    raft_ = std::make_unique<RaftService>(loop_, options, [this](const std::string& url) {
        return std::make_unique<HTTPServiceClient>(loop_, resolver_, ServiceURL::parse(url));
    });
    listen(raft_->handler(), settings_.raft_port);
    raft_->start();
}

void Process::make_coordinator() {
    CoordinatorService::Options options;
    options.settings = settings_.coordinator;
    options.decisions_path = settings_.data_dir + "/decisions.db";
    // A cluster keeps the decisions in its log, too, where every coordinator finds them.
    for (const auto& participant : settings_.coordinator.participants) {
        if (participant.name == auction_participant && participant.urls.size() > 1) {
            options.decision_nodes = &cluster_client("decision record", participant.urls);
        }
    }
    options.unix_now_us = wall_clock_us();
    options.on_fatal = [this](const std::string& why) { end_at_once(why); };
    coordinator_ = std::make_unique<CoordinatorService>(
        loop_, options, [this](const auto& participant) -> ServiceClient& {
            if (participant.urls.size() == 1) return client_for(nullptr, participant.urls.front());
            return cluster_client(participant.name, participant.urls);
        });
    listen(coordinator_->handler(), settings_.coordinator.port);
    coordinator_->start();
}

ServiceClient& Process::client_for(const JSONRequestHandler* local, const ServiceURL& url) {
    if (local != nullptr) {
        clients_.push_back(std::make_unique<InProcessServiceClient>(loop_, *local));
    } else {
        clients_.push_back(std::make_unique<HTTPServiceClient>(loop_, resolver_, url));
    }
    return *clients_.back();
}

// For bids: of a service that listens with listen_to_services().
ServiceClient& Process::batching_client_for(const JSONRequestHandler* local,
                                            const ServiceURL& url) {
    if (local != nullptr) return client_for(local, url);
    clients_.push_back(std::make_unique<BatchingServiceClient>(
        loop_, std::make_unique<HTTPServiceClient>(loop_, resolver_, url)));
    return *clients_.back();
}

bool Process::auctions_are_a_cluster() const {
    return auction_ == nullptr && settings_.auction_urls.size() > 1;
}

ServiceClient& Process::auctions_client() {
    if (!auctions_are_a_cluster()) {
        return batching_client_for(auction_ ? &auction_->handler() : nullptr,
                                   settings_.auction_urls.front());
    }
    return cluster_client("auction service", settings_.auction_urls);
}

ServiceClient& Process::cluster_client(const std::string& service,
                                       const std::vector<ServiceURL>& urls) {
    std::vector<ClusterServiceClient::Node> nodes;
    for (const auto& url : urls) {
        nodes.push_back({"http://" + url.authority(),
                         std::make_unique<HTTPServiceClient>(loop_, resolver_, url)});
    }
    clients_.push_back(
        std::make_unique<ClusterServiceClient>(service, std::move(nodes), loop_, random_number()));
    return *clients_.back();
}

// Their clients are others than those that bids go through: a question about a node does not wait
// behind them.
std::vector<gateway::ClusterStatus::Node> Process::auction_nodes() {
    std::vector<gateway::ClusterStatus::Node> nodes;
    if (!auctions_are_a_cluster()) return nodes;
    for (const auto& url : settings_.auction_urls) {
        nodes.push_back({url.authority(), client_for(nullptr, url)});
    }
    return nodes;
}

// Those ask in batches.
void Process::listen_to_services(const JSONRequestHandler& handler, std::uint16_t port) {
    batch_handlers_.push_back(std::make_unique<BatchHandler>(loop_, handler));
    listen(*batch_handlers_.back(), port);
}

void Process::listen(const JSONRequestHandler& handler, std::uint16_t port) {
    edges_.push_back(std::make_unique<ServiceEdge>(
        ServiceEdge::Parts{handler.service(), limiter_.get(), [this] { return metrics_text(); },
                           [] { return wall_clock_us(); }}));
    servers_.push_back(std::make_unique<HTTPServer>(
        loop_, handler,
        HTTPServer::Options{settings_.bind_address, port, max_connections(settings_),
                            edges_.back().get()}));
    service_logger(handler.service())->info("listening on {}:{}", settings_.bind_address, port);
}

std::string Process::metrics_text() const {
    MetricsPage page;
    page.gauge("gavel_info", "Which Gavel this is.", {{"version", GAVEL_VERSION}}, 1);
    for (const auto& edge : edges_) edge->figures().append_to(page);
    std::size_t connections = 0;
    for (const auto& server : servers_) connections += server->connection_count();
    page.gauge("gavel_http_connections", "Open connections of clients.", {},
               static_cast<double>(connections));
    if (limiter_) limiter_->append_to(page);
    if (gateway_) gateway_->append_to(page);
    if (bidding_) bidding_->append_to(page);
    if (history_) history_->append_to(page);
    if (notifier_) notifier_->append_to(page);
    if (auction_) auction_->append_to(page);
    if (raft_) raft_->append_to(page);
    if (coordinator_) coordinator_->append_to(page);
    return page.text();
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
    if (raft_ && raft_->hand_over_leadership()) {
        hand_over(handover_checks);
    } else {
        close_servers();
    }
}

// A leader that stops spares the cluster the wait for an election.
void Process::hand_over(int rounds_left) {
    if (!raft_->leads() || rounds_left == 0) {
        close_servers();
        return;
    }
    loop_.call_after_ms(shutdown_check_ms, [this, rounds_left] { hand_over(rounds_left - 1); });
}

void Process::close_servers() {
    for (const auto& server : servers_) server->shut_down();
    if (auction_) auction_->shut_down();
    if (raft_) raft_->shut_down();
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
