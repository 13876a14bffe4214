#include "common/http/output_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace gavel {
namespace {

constexpr std::size_t max_pieces_a_send = 64;
constexpr std::size_t kept_pieces = 16;  // room that an empty queue keeps

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

void OutputQueue::push(std::shared_ptr<const std::string> bytes) {
    if (bytes->empty()) return;
    size_bytes_ += bytes->size();
    pieces_.push_back(std::move(bytes));
}

OutputQueue::Progress OutputQueue::send_to(int socket) {
    while (!empty()) {
        std::array<iovec, max_pieces_a_send> vectors;
        std::size_t count = 0;
        for (auto piece = first_; piece < pieces_.size() && count < vectors.size();
             ++piece, ++count) {
            const std::size_t skip = count == 0 ? sent_of_first_ : 0;
            // sendmsg() reads only, but its interface has no const.
            vectors[count] = {const_cast<char*>(pieces_[piece]->data()) + skip,
                              pieces_[piece]->size() - skip};
        }
        msghdr message{};
        message.msg_iov = vectors.data();
        message.msg_iovlen = count;
        const auto sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return would_block() ? Progress::blocked : Progress::broken;
        }
        drop_sent(static_cast<std::size_t>(sent));
    }
    return Progress::drained;
}

OutputQueue::Progress OutputQueue::send_to(int socket, std::string_view bytes) {
    while (empty() && !bytes.empty()) {
        const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (!would_block()) return Progress::broken;
            break;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (bytes.empty()) return empty() ? Progress::drained : send_to(socket);
    const bool was_empty = empty();
    push(std::make_shared<const std::string>(bytes));
    return was_empty ? Progress::blocked : send_to(socket);
}

void OutputQueue::drop_sent(std::size_t count) {
    size_bytes_ -= count;
    while (count > 0) {
        const std::size_t left = pieces_[first_]->size() - sent_of_first_;
        if (count < left) {
            sent_of_first_ += count;
            break;
        }
        count -= left;
        sent_of_first_ = 0;
        pieces_[first_++] = nullptr;
    }
    if (empty()) {
        clear();
    } else if (first_ >= kept_pieces && first_ * 2 >= pieces_.size()) {
        pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

void OutputQueue::clear() {
    pieces_.clear();
    if (pieces_.capacity() > kept_pieces) pieces_.shrink_to_fit();
    first_ = 0;
    sent_of_first_ = 0;
    size_bytes_ = 0;
}

}  // namespace gavel
