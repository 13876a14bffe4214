#include "evaluation/load_generator/load_run.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "evaluation/client/clock.h"
#include "evaluation/client/cpu_time.h"

namespace gavel::evaluation {
namespace {

// How often time limits are looked at, and connections that broke are opened again: a dead server
// is asked ten times a second for each connection, not ten thousand times.
constexpr std::int64_t sweep_interval_ns = 100'000'000;

}  // namespace

LoadRun::LoadRun(Poller& poller, const ServerAddress& server, Workload& workload,
                 const Options& options)
    : poller_(poller),
      server_(server),
      workload_(workload),
      options_(options),
      uses_(options.connections) {
    for (std::size_t number = 0; number < options.connections; ++number) {
        channels_.push_back(std::make_unique<Channel>(poller, server, *this, number));
    }
}

LoadRun::~LoadRun() = default;

void LoadRun::connect() {
    const std::int64_t limit_ns = now_ns() + options_.connect_timeout_ns;
    for (auto& channel : channels_) channel->open();
    while (connected_ < channels_.size()) {
        if (now_ns() > limit_ns) {
            throw std::runtime_error("only " + std::to_string(connected_) + " of " +
                                     std::to_string(channels_.size()) +
                                     " connections could be opened to " + server_.authority);
        }
        poller_.wait(sweep_interval_ns);
        for (const std::size_t number : std::exchange(broken_, {})) channels_[number]->open();
    }
}

LoadFigures LoadRun::run() {
    start();
    while (!ended_) poller_.wait(advance() - now_ns());
    return take_figures();
}

void LoadRun::start() {
    const std::int64_t now = now_ns();
    running_ = true;
    measured_from_ns_ = now + options_.warmup_ns;
    measured_to_ns_ = options_.measured_ns > 0 ? measured_from_ns_ + options_.measured_ns : 0;
    last_answer_ns_ = measured_from_ns_;
    next_sweep_ns_ = now + sweep_interval_ns;
    if (options_.rate > 0) pacer_.emplace(options_.rate, now);
    for (auto& channel : channels_) {
        if (channel->ready()) give_work(*channel, now_ns());
    }
}

std::int64_t LoadRun::advance() {
    const std::int64_t now = now_ns();
    if (!measuring_ && now >= measured_from_ns_) begin_measuring();
    if (pacer_) send_due(now);
    if (now >= next_sweep_ns_) sweep(now);
    end_if_done(now);
    if (!pacer_ || idle_.empty() || !may_send(pacer_->next_due_ns())) return next_sweep_ns_;
    return std::min(next_sweep_ns_, pacer_->next_due_ns());
}

// A channel that is free: a closed loop sends at once, an open one when something is due.
void LoadRun::give_work(Channel& channel, std::int64_t now) {
    if (!pacer_) {
        if (may_send(now)) send_next(channel, now, now);
        return;
    }
    idle_.push_back(channel.number());
    send_due(now);
}

void LoadRun::send_due(std::int64_t now) {
    while (!idle_.empty() && pacer_->next_due_ns() <= now && may_send(pacer_->next_due_ns())) {
        Channel& channel = *channels_[idle_.front()];
        idle_.pop_front();
        if (!channel.ready()) continue;  // it broke meanwhile, and comes back when it is open again
        if (!send_next(channel, pacer_->take(), now)) return;
    }
}

bool LoadRun::send_next(Channel& channel, std::int64_t due_ns, std::int64_t now) {
    const auto request = workload_.next();
    if (!request) {
        workload_ended_ = true;
        return false;
    }
    uses_[channel.number()] = {true, now, due_ns, request->tag};
    ++flying_;
    ++sent_;
    if (observer_ != nullptr) observer_->on_sent(request->tag, due_ns);
    channel.send(request->bytes, request->kept_body_bytes);
    return true;
}

bool LoadRun::may_send(std::int64_t due_ns) const {
    if (workload_ended_) return false;
    if (options_.max_requests > 0 && sent_ >= options_.max_requests) return false;
    return measured_to_ns_ == 0 || due_ns < measured_to_ns_;
}

bool LoadRun::is_measured(std::int64_t due_ns, std::int64_t now) const {
    const std::int64_t at_ns = pacer_ ? due_ns : now;
    return at_ns >= measured_from_ns_ && (measured_to_ns_ == 0 || at_ns < measured_to_ns_);
}

void LoadRun::on_connected(Channel& channel) {
    uses_[channel.number()].connected = true;
    ++connected_;
    if (running_) give_work(channel, now_ns());
}

void LoadRun::on_answer(Channel& channel, const AnswerReader& answer) {
    const std::int64_t now = now_ns();
    Use& use = uses_[channel.number()];
    use.sent_ns = 0;
    --flying_;
    if (is_measured(use.due_ns, now)) {
        last_answer_ns_ = now;
        figures_.answer(answer.status(), now - use.due_ns, now - measured_from_ns_);
    }
    workload_.answered(use.tag, answer.status(), answer.kept_body());
    if (observer_ != nullptr) observer_->on_answered(use.tag, answer.status(), now);
    if (channel.ready()) {
        give_work(channel, now);
    } else {
        disconnected(use);
        channel.open();  // a server that serves one request a connection
    }
}

void LoadRun::on_failure(Channel& channel, std::string_view why) {
    Use& use = uses_[channel.number()];
    disconnected(use);
    broken_.push_back(channel.number());
    if (use.sent_ns == 0) return;  // it had nothing to do
    use.sent_ns = 0;
    --flying_;
    const std::int64_t now = now_ns();
    if (is_measured(use.due_ns, now)) figures_.failure(std::string(why), now - measured_from_ns_);
}

void LoadRun::disconnected(Use& use) {
    if (use.connected) --connected_;
    use.connected = false;
}

void LoadRun::sweep(std::int64_t now) {
    next_sweep_ns_ = now + sweep_interval_ns;
    for (auto& channel : channels_) {
        const Use& use = uses_[channel->number()];
        if (use.sent_ns == 0 || now - use.sent_ns <= options_.answer_timeout_ns) continue;
        channel->close();
        on_failure(*channel, "no answer in time");
    }
    if (workload_ended_) return;
    for (const std::size_t number : std::exchange(broken_, {})) channels_[number]->open();
}

void LoadRun::begin_measuring() {
    measuring_ = true;
    cpu_before_ = cpu_seconds_so_far();
    if (servers_ != nullptr) server_cpu_before_ = servers_->cpu_seconds();
    received_before_ = received_bytes();
}

std::uint64_t LoadRun::received_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& channel : channels_) bytes += channel->received_bytes();
    return bytes;
}

void LoadRun::end_if_done(std::int64_t now) {
    const std::int64_t next_ns = pacer_ ? pacer_->next_due_ns() : now;
    const bool gave_up = measured_to_ns_ != 0 && now > measured_to_ns_ + options_.answer_timeout_ns;
    if (gave_up || (flying_ == 0 && !may_send(next_ns))) ended_ = true;
}

LoadFigures LoadRun::take_figures() {
    const std::int64_t to_ns =
        measured_to_ns_ != 0 && !workload_ended_ ? measured_to_ns_ : last_answer_ns_;
    figures_.seconds = static_cast<double>(to_ns - measured_from_ns_) / 1e9;
    figures_.cpu_seconds = cpu_seconds_so_far() - cpu_before_;
    if (servers_ != nullptr) {
        figures_.server_cpu_seconds = servers_->cpu_seconds() - server_cpu_before_;
    }
    figures_.received_bytes = received_bytes() - received_before_;
    if (pacer_) {
        figures_.unanswered = flying_;
        while (may_send(pacer_->next_due_ns())) {
            pacer_->take();
            ++figures_.unanswered;
        }
    }
    return std::move(figures_);
}

}  // namespace gavel::evaluation
