#pragma once

// Two-phase commit, to be read first.
//
// What it is for: a change that concerns several services happens at all of them or at none,
// whichever of them dies at whichever moment, and whichever messages between them are lost,
// doubled, late or out of order. Gray, Notes on Data Base Operating Systems (1978); presumed abort
// is Mohan and Lindsay's (1983).
//
// How it works, in six sentences. A coordinator makes a PENDING record durable and asks every
// participant for its vote. A participant that votes to commit has made durable all that a commit
// needs, and holds what must not change meanwhile; from then on it does what it is told, and
// decides nothing itself. If all voted to commit in time, the coordinator has the record changed
// from PENDING to COMMIT, in all other cases to ABORT, and what the record says is the decision:
// the first change wins, whoever makes it. Then everybody is told, a commit again and again until
// each has acknowledged. A participant that hears nothing asks, any coordinator. A transaction of
// which no record is left was aborted or is done everywhere, so whoever still asks hears "abort".
//
// Where to find it:
//
//     transaction.h, message.h          the nouns
//     decision_table.h                  the records, a state machine of its own, and its commands
//     coordinator/coordinator.h         a coordinator
//       coordinator/voting_phase.h      asks for votes and counts them
//       coordinator/decision_phase.h    has the decision written, tells it, forgets it
//     participant/participant.h         a participant
//       participant/voting_phase.h      prepares, makes it durable, votes
//       participant/decision_phase.h    does what was decided; asks when it hears nothing
//     mutant.h                          bugs that others had, to test the tests with
//     driver/                           what runs the cores: HTTP, disks, time
//
// The cores do nothing themselves: messages, ticks and answers of the disk go in, and out comes
// what is to be sent, stored and done. They are plain values: copied and compared, they let a test
// visit every state that they can reach.
