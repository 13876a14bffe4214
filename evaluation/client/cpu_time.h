#pragma once

#include <sys/resource.h>

namespace gavel::evaluation {

// What this process has computed so far, in user and kernel mode.
inline double cpu_seconds_so_far() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace gavel::evaluation
