#pragma once

// std::mutex with the annotations that clang's thread-safety analysis needs; libstdc++'s has none.
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define GAVEL_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define GAVEL_THREAD_ANNOTATION(x)
#endif

#define CAPABILITY(x) GAVEL_THREAD_ANNOTATION(capability(x))
#define SCOPED_CAPABILITY GAVEL_THREAD_ANNOTATION(scoped_lockable)
#define GUARDED_BY(x) GAVEL_THREAD_ANNOTATION(guarded_by(x))
#define REQUIRES(...) GAVEL_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) GAVEL_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) GAVEL_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define EXCLUDES(...) GAVEL_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace gavel {

class CAPABILITY("mutex") Mutex {
  public:
    void lock() ACQUIRE() { mutex_.lock(); }
    void unlock() RELEASE() { mutex_.unlock(); }

  private:
    friend class ConditionVariable;
    std::mutex mutex_;
};

class SCOPED_CAPABILITY MutexLock {
  public:
    explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() RELEASE() { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

  private:
    Mutex& mutex_;
};

class ConditionVariable {
  public:
    // Releases the mutex while waiting and holds it again on return. Wakes spuriously: loop.
    void wait(Mutex& mutex) REQUIRES(mutex) {
        std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
        condition_.wait(lock);
        lock.release();
    }
    void notify_one() { condition_.notify_one(); }
    void notify_all() { condition_.notify_all(); }

  private:
    std::condition_variable condition_;
};

}  // namespace gavel
