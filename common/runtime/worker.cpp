#include "common/runtime/worker.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace gavel {
namespace {

constexpr int background_niceness = 10;

}  // namespace

Worker::Worker(const std::string& name, std::size_t max_queued, Priority priority)
    : max_queued_(max_queued), priority_(priority), thread_([this] { run(); }) {
    ::pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

Worker::~Worker() {
    {
        MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

bool Worker::submit(Task task) {
    {
        MutexLock lock(mutex_);
        if (stopping_ || tasks_.size() >= max_queued_) return false;
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
}

void Worker::run() {
    // On Linux a priority is a thread's own. When it is refused, the thread is only not as polite.
    if (priority_ == Priority::background) {
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), background_niceness);
    }
    for (;;) {
        Task task;
        {
            MutexLock lock(mutex_);
            while (tasks_.empty() && !stopping_) changed_.wait(mutex_);
            if (tasks_.empty()) return;
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        task();
    }
}

}  // namespace gavel
