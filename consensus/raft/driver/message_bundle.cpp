#include "consensus/raft/driver/message_bundle.h"

#include "consensus/raft/limits.h"
#include "consensus/raft/message_codec.h"

namespace gavel::raft {

bool MessageBundle::add(const Message& message, std::size_t max_bytes) {
    WireWriter framed;
    framed.text(encode_message(message));
    if (!bytes_.empty() && bytes_.size() + framed.bytes().size() > max_bytes) return false;
    bytes_ += framed.bytes();
    return true;
}

std::vector<Message> read_bundle(std::string_view bytes) {
    WireReader in(bytes);
    std::vector<Message> messages;
    while (!in.at_end()) messages.push_back(decode_message(in.text(limits::max_message_bytes)));
    return messages;
}

}  // namespace gavel::raft
