#pragma once

namespace gavel::two_phase {

// The moments at which a test can have a process killed: GAVEL_FAIL_POINT=name ends it there, as
// SIGKILL does, the first time it comes by. One before and one after each record that is forced to
// disk, and one before and after each send. Only builds with tests have them.
namespace fail_points {

inline constexpr const char* coordinator[] = {
    "coordinator_before_begin_is_forced",
    "coordinator_after_begin_is_forced",  // and before the first vote_request
    "coordinator_after_first_vote_request",   "coordinator_after_first_vote",
    "coordinator_before_decision_is_forced",  // and after the last vote
    "coordinator_after_decision_is_forced",   // and before anybody is told
    "coordinator_after_first_decision_sent",  "coordinator_after_first_acknowledgement",
    "coordinator_before_forget_is_forced",  // and after the last acknowledgement
    "coordinator_after_forget_is_forced",     "coordinator_before_client_is_answered",
    "coordinator_before_inquiry_is_answered",
};

inline constexpr const char* participant[] = {
    "participant_before_prepare",
    "participant_before_prepared_is_forced",
    "participant_after_prepared_is_forced",  // and before the vote
    "participant_after_vote",
    "participant_before_commit",
    "participant_before_commit_is_forced",  // and after the service has done it
    "participant_after_commit_is_forced",   // and before the acknowledgement
    "participant_after_acknowledgement",
    "participant_before_abort",
    "participant_after_abort",
    "participant_before_inquiry",
    "participant_after_restore",
};

}  // namespace fail_points

#ifdef GAVEL_FAIL_POINTS
void fail_point(const char* name);
#else
inline void fail_point(const char*) {}
#endif

}  // namespace gavel::two_phase
