#include "services/runner/node_state.h"

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"

namespace gavel {
namespace {

// First bytes that neither a record nor a snapshot of the book begins with: these are small
// numbers of layouts.
constexpr char decision_mark = 'D';
constexpr char state_mark = 'S';

}  // namespace

std::string decision_payload(std::string_view command) {
    std::string payload(1, decision_mark);
    payload += command;
    return payload;
}

std::optional<std::string_view> decision_in(std::string_view payload) {
    if (payload.empty() || payload.front() != decision_mark) return std::nullopt;
    return payload.substr(1);
}

void NodeState::apply(const raft::Entry& entry) {
    if (entry.kind != raft::EntryKind::command) {
        book.skip(entry.index);
    } else if (const auto command = decision_in(entry.payload.view())) {
        decisions.apply(two_phase::DecisionCommand::decode(*command));
        book.skip(entry.index);
    } else {
        book.apply(auction::decode(entry.payload.view()), entry.index);
    }
}

std::string NodeState::serialize() const {
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(state_mark));
    out.text(book.serialize());
    out.text(decisions.serialize());
    return out.take();
}

NodeState NodeState::deserialize(std::string_view bytes) {
    NodeState state;
    if (bytes.empty() || bytes.front() != state_mark) {
        state.book = auction::AuctionBook::deserialize(bytes);
        return state;
    }
    ByteReader in(bytes.substr(1));
    state.book = auction::AuctionBook::deserialize(in.text_view());
    state.decisions = two_phase::DecisionTable::deserialize(in.text_view());
    in.expect_end();
    return state;
}

}  // namespace gavel
