#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gavel {

// A sequence that is only appended to. Its elements stay where they are, in pieces of 1, 2, 4, 8 …
// of them, so growing moves nothing: the 8,193rd element costs what the first did, where a vector
// would move 8,192 while everybody waits.
// As safe among threads as a vector.
template <class T>
class AppendList {
  public:
    class Iterator;

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    void push_back(T value) {
        if (std::has_single_bit(size_ + 1)) pieces_.emplace_back().reserve(size_ + 1);
        pieces_.back().push_back(std::move(value));
        ++size_;
    }

    // REQUIRES: index < size()
    const T& operator[](std::size_t index) const {
        assert(index < size_);
        const auto piece = static_cast<std::size_t>(std::bit_width(index + 1)) - 1;
        return pieces_[piece][index + 1 - (std::size_t{1} << piece)];
    }
    const T& at(std::size_t index) const {
        if (index >= size_) throw std::out_of_range("an element beyond the end of a list");
        return (*this)[index];
    }
    // REQUIRES: !empty()
    const T& back() const { return pieces_.back().back(); }

    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size_}; }

    bool operator==(const AppendList& other) const = default;

  private:
    std::vector<std::vector<T>> pieces_;  // all but the last are full
    std::size_t size_ = 0;
};

template <class T>
class AppendList<T>::Iterator {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    Iterator() = default;
    Iterator(const AppendList& list, std::size_t index) : list_(&list), index_(index) {}

    const T& operator*() const { return (*list_)[index_]; }
    const T* operator->() const { return &**this; }
    Iterator& operator++() {
        ++index_;
        return *this;
    }
    Iterator operator++(int) { return {*list_, index_++}; }
    bool operator==(const Iterator&) const = default;

  private:
    const AppendList* list_ = nullptr;
    std::size_t index_ = 0;
};

}  // namespace gavel
