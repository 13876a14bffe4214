#include "tests/simulation/state_machine.h"

#include "consensus/raft/limits.h"
#include "consensus/raft/mutant.h"
#include "consensus/raft/random.h"
#include "consensus/raft/wire.h"

namespace gavel::simulation {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    return raft::Random(hash ^ (value * 0x9e3779b97f4a7c15U)).next() | 1;
}

}  // namespace

std::string Command::encode(std::size_t padding_bytes) const {
    raft::WireWriter out;
    out.u64(client);
    out.u64(serial);
    auto bytes = out.take();
    bytes.append(padding_bytes, 'x');
    return bytes;
}

Command Command::decode(std::string_view bytes) {
    raft::WireReader in(bytes);
    Command command;
    command.client = in.u64();
    command.serial = in.u64();
    return command;
}

StateMachine::Outcome StateMachine::apply(const raft::Entry& entry) {
    applied_ = entry.index;
    if (entry.kind != raft::EntryKind::command) return {};
    const auto command = Command::decode(entry.payload.view());
    auto& session = sessions_.at(command.client);
    if (command.serial <= session.serial && !mutated(raft::Mutant::retry_applied_twice)) {
        return {false, session.index};
    }
    session = {command.serial, entry.index};
    hash_ = mix(mix(mix(hash_, command.client), command.serial), entry.index);
    return {true, entry.index};
}

std::string StateMachine::snapshot(std::size_t padding_bytes) const {
    raft::WireWriter out;
    out.u64(applied_);
    out.u64(hash_);
    for (const auto& session : sessions_) {
        out.u64(session.serial);
        out.u64(session.index);
    }
    auto bytes = out.take();
    bytes.append(padding_bytes, 'x');
    return bytes;
}

void StateMachine::restore(std::string_view bytes) {
    raft::WireReader in(bytes);
    applied_ = in.u64();
    hash_ = in.u64();
    for (auto& session : sessions_) {
        session.serial = in.u64();
        session.index = in.u64();
    }
}

}  // namespace gavel::simulation
