#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "common/runtime/event_loop.h"

namespace gavel::testing {

// How long a test waits for what must happen: far longer than it takes, even under a sanitizer.
inline constexpr std::chrono::seconds patience{30};

// An event loop on a thread of its own. What belongs to the loop is made, asked and destroyed
// through on_loop().
class LoopThread {
  public:
    LoopThread() : thread_([this] { loop_.run(); }) {}
    ~LoopThread() {
        loop_.stop();
        thread_.join();
    }
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    EventLoop& loop() { return loop_; }

    // Runs the function on the loop and gives its result.
    template <class Function>
    auto on_loop(Function function) -> std::invoke_result_t<Function> {
        std::promise<std::invoke_result_t<Function>> done;
        auto result = done.get_future();
        loop_.post([&done, &function] {
            try {
                if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
                    function();
                    done.set_value();
                } else {
                    done.set_value(function());
                }
            } catch (...) {
                done.set_exception(std::current_exception());
            }
        });
        if (result.wait_for(patience) != std::future_status::ready) std::terminate();
        return result.get();
    }

    // Asks on the loop until the condition holds; false when it does not become true.
    bool wait_until(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!on_loop(condition)) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::yield();
        }
        return true;
    }

  private:
    EventLoop loop_;
    std::thread thread_;
};

}  // namespace gavel::testing
