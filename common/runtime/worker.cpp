#include "common/runtime/worker.h"

#include <pthread.h>

namespace gavel {

Worker::Worker(const std::string& name, std::size_t max_queued)
    : max_queued_(max_queued), thread_([this] { run(); }) {
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
