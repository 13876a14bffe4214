#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace gavel::auction {

// A large value that is seldom there: costs a pointer when it is not. Owns it; copies and compares
// as the value does.
template <class T>
class Boxed {
  public:
    Boxed() = default;
    // Implicit, as that of an optional.
    Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}
    Boxed(const Boxed& other)
        : value_(other.value_ == nullptr ? nullptr : std::make_unique<T>(*other.value_)) {}
    Boxed(Boxed&&) noexcept = default;
    Boxed& operator=(Boxed other) noexcept {
        value_ = std::move(other.value_);
        return *this;
    }
    ~Boxed() = default;

    T& operator*() const { return *value_; }
    T* operator->() const { return value_.get(); }
    explicit operator bool() const { return value_ != nullptr; }
    bool operator==(std::nullptr_t) const { return value_ == nullptr; }
    bool operator==(const Boxed& other) const {
        if (value_ == nullptr || other.value_ == nullptr) return value_ == other.value_;
        return *value_ == *other.value_;
    }

  private:
    std::unique_ptr<T> value_;
};

}  // namespace gavel::auction
