#include "services/auction/event_block.h"

#include <zstd.h>

#include <new>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "common/limits.h"

namespace gavel::auction {
namespace {

constexpr int fastest_level = 1;

}  // namespace

void EventBlockCodec::Free::operator()(ZSTD_CCtx_s* context) const {
    ZSTD_freeCCtx(context);
}

void EventBlockCodec::Free::operator()(ZSTD_DCtx_s* context) const {
    ZSTD_freeDCtx(context);
}

EventBlockCodec::EventBlockCodec()
    : compressor_(ZSTD_createCCtx()), decompressor_(ZSTD_createDCtx()) {
    if (!compressor_ || !decompressor_) throw std::bad_alloc();
}

std::string_view EventBlockCodec::pack(std::span<const EntryEvents> entries) {
    ByteWriter plain;
    for (const auto& entry : entries) {
        plain.u64(entry.index);
        plain.u32(entry.count);
        plain.text(entry.json);
    }
    packed_.resize(ZSTD_compressBound(plain.bytes().size()));
    const std::size_t size =
        ZSTD_compressCCtx(compressor_.get(), packed_.data(), packed_.size(), plain.bytes().data(),
                          plain.bytes().size(), fastest_level);
    if (ZSTD_isError(size)) throw std::bad_alloc();  // nothing else can fail in memory
    return std::string_view(packed_).substr(0, size);
}

void EventBlockCodec::unpack(std::string_view block, const Visit& visit) {
    const auto size = ZSTD_getFrameContentSize(block.data(), block.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
        size > limits::max_event_block_bytes) {
        throw MalformedBytes("this is no block of events");
    }
    unpacked_.resize(size);
    const std::size_t unpacked = ZSTD_decompressDCtx(decompressor_.get(), unpacked_.data(),
                                                     unpacked_.size(), block.data(), block.size());
    if (ZSTD_isError(unpacked) || unpacked != size) {
        throw MalformedBytes("a block of events is damaged");
    }
    ByteReader entries(unpacked_);
    while (!entries.at_end()) {
        const auto index = entries.u64();
        const auto count = entries.u32();
        if (!visit(index, count, entries.text_view())) return;
    }
}

}  // namespace gavel::auction
