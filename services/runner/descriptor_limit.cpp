#include "services/runner/descriptor_limit.h"

#include <sys/resource.h>

namespace gavel {

std::size_t raise_descriptor_limit(std::size_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;  // not known: nothing to say
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (raised.rlim_max != RLIM_INFINITY && raised.rlim_max < wanted) {
        // Above its hard limit only a privileged process may go.
        raised.rlim_cur = raised.rlim_max = wanted;
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return wanted;
        raised.rlim_cur = raised.rlim_max = limit.rlim_max;
    }
    return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

}  // namespace gavel
