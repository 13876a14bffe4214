#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "consensus/raft/entry.h"
#include "consensus/raft/snapshot.h"
#include "consensus/raft/types.h"

namespace gavel::raft {

enum class MessageType : std::uint8_t {
    pre_vote_request,  // thesis 9.6
    pre_vote_response,
    vote_request,  // RequestVote, figure 2
    vote_response,
    append_request,  // AppendEntries, figure 2; without entries it is a heartbeat
    append_response,
    snapshot_request,  // InstallSnapshot, figure 13
    snapshot_response,
    timeout_now,         // thesis 3.10
    read_index_request,  // thesis 6.4
    read_index_response,
    count_,
};

constexpr const char* name_of(MessageType type) {
    constexpr const char* names[] = {
        "PreVote",       "PreVoteAnswer",       "RequestVote",     "RequestVoteAnswer",
        "AppendEntries", "AppendEntriesAnswer", "InstallSnapshot", "InstallSnapshotAnswer",
        "TimeoutNow",    "ReadIndex",           "ReadIndexAnswer",
    };
    return names[static_cast<int>(type)];
}

// One message between two servers. Each type uses the fields that its line names; the others keep
// their defaults and are not sent.
struct Message {
    MessageType type = MessageType::append_request;
    NodeId from = no_node;
    NodeId to = no_node;
    // The sender's; of a pre-vote request and of a granted pre-vote, the term asked for.
    Term term = 0;

    bool reject = false;    // answers
    bool transfer = false;  // vote_request: the leader asked for this election (thesis 4.2.3)
    // (pre_)vote_request: the candidate's last entry. append_request: the entry before `entries`.
    // append_response: the last entry known to match, or the index that was rejected.
    LogPosition log;
    LogPosition hint;           // append_response, rejected: where the logs may agree (paper 5.3)
    Index commit = 0;           // append_request; read_index_response: the index to wait for
    std::uint64_t round = 0;    // append_request and its answer: confirms leadership (6.4)
    std::uint64_t attempt = 0;  // append_request and its answer: which search for where logs agree
    std::uint64_t context = 0;  // read_index: the asker's name for its read
    std::uint64_t incarnation = 0;  // read_index: which life of the asker
    std::vector<Entry> entries;     // append_request

    SharedSnapshotMeta snapshot;    // snapshot_request
    std::uint64_t offset = 0;       // snapshot_request; of an answer: the offset wanted next
    std::uint32_t chunk_bytes = 0;  // snapshot_request, to its driver: how much to put into `data`
    std::string data;               // snapshot_request: filled in by the driver
};

}  // namespace gavel::raft
