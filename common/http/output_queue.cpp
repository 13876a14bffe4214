#include "common/http/output_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace gavel {
namespace {

constexpr std::size_t max_pieces_a_send = 64;

}  // namespace

void OutputQueue::push(std::shared_ptr<const std::string> bytes) {
    if (bytes->empty()) return;
    size_bytes_ += bytes->size();
    pieces_.push_back(std::move(bytes));
}

OutputQueue::Progress OutputQueue::send_to(int socket) {
    while (!pieces_.empty()) {
        std::array<iovec, max_pieces_a_send> vectors;
        std::size_t count = 0;
        for (auto piece = pieces_.begin(); piece != pieces_.end() && count < vectors.size();
             ++piece, ++count) {
            const std::size_t skip = count == 0 ? sent_of_first_ : 0;
            // sendmsg() reads only, but its interface has no const.
            vectors[count] = {const_cast<char*>((*piece)->data()) + skip, (*piece)->size() - skip};
        }
        msghdr message{};
        message.msg_iov = vectors.data();
        message.msg_iovlen = count;
        const auto sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN || errno == EWOULDBLOCK ? Progress::blocked : Progress::broken;
        }
        drop_sent(static_cast<std::size_t>(sent));
    }
    return Progress::drained;
}

void OutputQueue::drop_sent(std::size_t count) {
    size_bytes_ -= count;
    while (count > 0) {
        const std::size_t left = pieces_.front()->size() - sent_of_first_;
        if (count < left) {
            sent_of_first_ += count;
            return;
        }
        count -= left;
        sent_of_first_ = 0;
        pieces_.pop_front();
    }
}

void OutputQueue::clear() {
    pieces_.clear();
    sent_of_first_ = 0;
    size_bytes_ = 0;
}

}  // namespace gavel
