#include "evaluation/client/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace gavel::evaluation {

void allow_open_files(std::uint64_t count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= count) return;
    limit.rlim_cur = count;
    limit.rlim_max = std::max<rlim_t>(limit.rlim_max, count);  // beyond it only root may go
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
    throw std::runtime_error("this needs " + std::to_string(count) +
                             " open files; allow them with ulimit -n " + std::to_string(count));
}

}  // namespace gavel::evaluation
