#include "tests/simulation/describe.h"

namespace gavel::simulation {

std::string describe(const raft::Message& message) {
    using Type = raft::MessageType;
    auto line = std::to_string(message.from) + " to " + std::to_string(message.to) + " " +
                name_of(message.type) + " term=" + std::to_string(message.term);
    const auto add = [&line](const char* name, const std::string& value) {
        line += std::string(" ") + name + "=" + value;
    };
    switch (message.type) {
        case Type::pre_vote_request:
        case Type::vote_request:
            add("last", describe(message.log));
            if (message.transfer) line += " transfer";
            break;
        case Type::pre_vote_response:
        case Type::vote_response: line += message.reject ? " no" : " yes"; break;
        case Type::append_request:
            add("prev", describe(message.log));
            add("commit", std::to_string(message.commit));
            if (message.round > 0) add("round", std::to_string(message.round));
            if (!message.entries.empty()) {
                add("entries", describe(message.entries.front().position()) + ".." +
                                   describe(message.entries.back().position()));
            }
            break;
        case Type::append_response:
            if (message.reject) {
                add("no", std::to_string(message.log.index));
                add("hint", describe(message.hint));
            } else {
                add("match", std::to_string(message.log.index));
            }
            if (message.round > 0) add("round", std::to_string(message.round));
            break;
        case Type::snapshot_request:
            add("last", describe(message.snapshot->last));
            add("offset", std::to_string(message.offset));
            add("bytes", std::to_string(message.data.size()));
            add("of", std::to_string(message.snapshot->size_bytes));
            break;
        case Type::snapshot_response:
            add("last", describe(message.log));
            add("next", std::to_string(message.offset));
            break;
        case Type::timeout_now: break;
        case Type::read_index_request: add("read", std::to_string(message.context)); break;
        case Type::read_index_response:
            add("read", std::to_string(message.context));
            if (message.reject) {
                line += " no";
            } else {
                add("index", std::to_string(message.commit));
            }
            break;
        case Type::count_: break;
    }
    return line;
}

}  // namespace gavel::simulation
