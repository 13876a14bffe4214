#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

namespace gavel {

// Bytes on their way to a socket: pieces of text, shared or owned, sent many at a time.
class OutputQueue {
  public:
    enum class Progress { drained, blocked, broken };

    void push(std::shared_ptr<const std::string> bytes);

    // Sends as much as the socket takes now. `broken`: the peer has gone.
    Progress send_to(int socket);

    bool empty() const { return pieces_.empty(); }
    std::size_t size_bytes() const { return size_bytes_; }
    void clear();

  private:
    void drop_sent(std::size_t count);

    std::deque<std::shared_ptr<const std::string>> pieces_;
    std::size_t sent_of_first_ = 0;
    std::size_t size_bytes_ = 0;
};

}  // namespace gavel
