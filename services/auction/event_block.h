#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "services/auction/entry_events.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace gavel::auction {

// Makes one compressed block (Zstandard, RFC 8878) of the events of a run of entries, and takes it
// apart again. The events of bids resemble each other, so a block needs a fraction of their room;
// uncompressed, they were most of what a busy disk had to write. One thread at a time.
class EventBlockCodec {
  public:
    EventBlockCodec();

    // Borrowed until the next call. Throws std::bad_alloc.
    std::string_view pack(std::span<const EntryEvents> entries);

    // Calls back for each entry, in order, until one is answered with false; what it is given lasts
    // for that call. Throws MalformedBytes when this is no such block.
    using Visit =
        std::function<bool(std::uint64_t index, std::uint32_t count, std::string_view json)>;
    void unpack(std::string_view block, const Visit& visit);

  private:
    struct Free {
        void operator()(ZSTD_CCtx_s* context) const;
        void operator()(ZSTD_DCtx_s* context) const;
    };
    std::unique_ptr<ZSTD_CCtx_s, Free> compressor_;
    std::unique_ptr<ZSTD_DCtx_s, Free> decompressor_;
    std::string packed_;
    std::string unpacked_;
};

}  // namespace gavel::auction
