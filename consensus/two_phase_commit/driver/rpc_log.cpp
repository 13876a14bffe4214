#include "consensus/two_phase_commit/driver/rpc_log.h"

#include "common/logging/logging.h"

namespace gavel::two_phase {
namespace {

const char* phase_of(MessageType type) {
    switch (type) {
        case MessageType::vote_request:
        case MessageType::vote_commit:
        case MessageType::vote_abort: return "voting";
        default: return "decision";
    }
}

void log_sent(const Message& message, const char* from, const char* to) {
    service_logger("two_phase")
        ->info("Phase {} of Node {} sends RPC {} to Phase {} of Node {}", from, message.from,
               name_of(message.type), to, message.to);
}

void log_received(const Message& message, const char* from, const char* to) {
    service_logger("two_phase")
        ->info("Phase {} of Node {} runs RPC {} called by Phase {} of Node {}", to, message.to,
               name_of(message.type), from, message.from);
}

}  // namespace

void log_sent(const Message& message) {
    log_sent(message, phase_of(message.type), phase_of(message.type));
}

void log_received(const Message& message) {
    log_received(message, phase_of(message.type), phase_of(message.type));
}

void log_handover(const Message& message) {
    log_sent(message, "voting", "decision");
    log_received(message, "voting", "decision");
}

}  // namespace gavel::two_phase
