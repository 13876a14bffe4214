#pragma once

// Raft, to be read first.
//
// "Paper" is Ongaro and Ousterhout, In Search of an Understandable Consensus Algorithm (2014);
// "thesis" is Ongaro, Consensus: Bridging Theory and Practice (2014). Declarations name the section
// that they come from.
//
// What it is for: a few servers agree on one log of commands, so that the machines that apply it
// are equal, and nothing that was acknowledged is lost while a majority lives.
//
// How it works, in five sentences. Time is divided into terms, and a term has at most one leader,
// because a leader needs the votes of a majority and a server votes once a term. Only the leader
// adds to the log; it sends each server what that lacks. An entry is committed once a majority has
// it on disk and it is of the leader's own term; with it, everything before it. A server votes only
// for a candidate whose log is at least as up-to-date as its own, so each leader has all that is
// committed. The rest is about doing this fast, and about membership, snapshots and reads.
//
// Where to find it:
//
//     types.h, entry.h, message.h     the nouns
//     quorum/                         what is a majority: pure arithmetic
//     log/                            the log in memory, and how far the disk has got
//     tracker/                        what a leader knows of each follower, and its window
//     raft_core.h                     the state machine; raft_core.cpp has what goes in and out
//       election.cpp                  paper 5.2, 5.4.1; thesis 9.6, 6.2
//       replication.cpp               paper 5.3, 5.4.2; thesis 10.2.1
//       snapshots.cpp                 paper 7; thesis 5
//       reads.cpp                     thesis 6.4
//       membership_changes.cpp        thesis 4.1, 4.2
//       leadership_transfer.cpp       thesis 3.10
//     ready.h, raft_storage.h         what the core wants done, and what a disk must promise
//     raft_invariants.h               what must always hold, over all servers
//     driver/                         what runs the core; sqlite_raft_storage.h is its disk
//     mutant.h                        bugs that others had, to test the tests with
//
// The core does nothing itself. A driver owns it and goes round:
//
//     core.tick() now and then; core.step(message) for what arrives; core.propose(commands)
//     while (core.has_ready()) {
//         auto ready = core.take_ready();
//         send ready.messages              at once, also while the disk works
//         if (ready.persist)               write it, fsync; then core.persisted(), and only then
//             send ready.persist->then_send    its votes and acknowledgements
//         if (ready.restore)               load the installed snapshot; core.applied(its index)
//         apply ready.committed            in order; then core.applied(the last index)
//         answer ready.reads               once their index is applied
//     }
//
// One batch is being written at a time, and what arrives meanwhile rides in the next: the core
// hands out no second one before persisted(). Its messages, ticks and proposals go on all the
// while. A write that failed for want of room may be tried again; a failed fsync ends the process.
//
// Messages may be lost, doubled, late and out of order. Nothing safe rests on time: only how soon
// a leader is found.
