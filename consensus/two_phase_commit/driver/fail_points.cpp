#include "consensus/two_phase_commit/driver/fail_points.h"

#ifdef GAVEL_FAIL_POINTS

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

namespace gavel::two_phase {

void fail_point(const char* name) {
    static const char* const chosen = std::getenv("GAVEL_FAIL_POINT");
    if (chosen == nullptr || std::strcmp(chosen, name) != 0) return;
    ::kill(::getpid(), SIGKILL);
}

}  // namespace gavel::two_phase

#endif
