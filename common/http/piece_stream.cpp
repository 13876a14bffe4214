#include "common/http/piece_stream.h"

#include <memory>
#include <utility>

namespace gavel {
namespace {

// Kept by its sink, and by the turn of the loop that it waits for.
class PieceStream : public std::enable_shared_from_this<PieceStream> {
  public:
    PieceStream(Scheduler& scheduler, std::string first, std::function<Piece(std::string&)> next)
        : scheduler_(scheduler), first_(std::move(first)), next_(std::move(next)) {}

    void start(const std::shared_ptr<StreamSink>& sink) {
        sink_ = sink;
        sink->on_close([self = shared_from_this()] { self->sink_.reset(); });
        sink->on_drain([self = shared_from_this()] { self->write_soon(); });
        sink->write(std::make_shared<const std::string>(std::move(first_)));
        write_soon();
    }

  private:
    void write_soon() {
        if (std::exchange(soon_, true)) return;
        scheduler_.post([self = shared_from_this()] {
            self->soon_ = false;
            self->write_next();
        });
    }

    void write_next() {
        const auto sink = sink_.lock();
        if (sink == nullptr || sink->queued_bytes() > 0) return;
        std::string piece;
        const Piece made = next_(piece);
        if (made == Piece::lost) {
            sink->close(true);
            return;
        }
        sink->write(std::make_shared<const std::string>(std::move(piece)));
        if (made == Piece::last) {
            sink->close();
        } else {
            write_soon();
        }
    }

    Scheduler& scheduler_;
    std::string first_;
    std::function<Piece(std::string&)> next_;
    std::weak_ptr<StreamSink> sink_;
    bool soon_ = false;
};

}  // namespace

Response answer_in_pieces(Scheduler& scheduler, const char* content_type,
                          std::function<Piece(std::string&)> next) {
    Response answer;
    answer.headers.set("Content-Type", content_type);
    if (next(answer.body) == Piece::last) return answer;
    auto stream =
        std::make_shared<PieceStream>(scheduler, std::exchange(answer.body, {}), std::move(next));
    answer.has_end = true;
    answer.stream = [stream](const std::shared_ptr<StreamSink>& sink) { stream->start(sink); };
    return answer;
}

}  // namespace gavel
