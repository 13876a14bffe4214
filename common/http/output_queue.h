#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gavel {

// Bytes on their way to a socket: pieces of text, shared or owned, sent many at a time.
class OutputQueue {
  public:
    enum class Progress { drained, blocked, broken };

    void push(std::shared_ptr<const std::string> bytes);

    // Sends as much as the socket takes now. `broken`: the peer has gone.
    Progress send_to(int socket);
    // The same for bytes that come last. They are copied only when the socket does not take them.
    Progress send_to(int socket, std::string_view bytes);

    bool empty() const { return first_ == pieces_.size(); }
    std::size_t size_bytes() const { return size_bytes_; }
    void clear();

  private:
    void drop_sent(std::size_t count);

    // A vector, since the queue of an idle connection must cost nothing, and few have many.
    std::vector<std::shared_ptr<const std::string>> pieces_;
    std::size_t first_ = 0;  // those before it were sent
    std::size_t sent_of_first_ = 0;
    std::size_t size_bytes_ = 0;
};

}  // namespace gavel
