// Any bytes from another node, with the checksum put right: they are refused as malformed, or they
// are what encode_message() writes of the message that they were taken for.

#include <cstdint>
#include <string>
#include <string_view>

#include "consensus/raft/crc32.h"
#include "consensus/raft/message_codec.h"
#include "consensus/raft/wire.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gavel::raft;
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    WireWriter checksum;
    checksum.u32(crc32(body));
    const std::string bytes = std::string(body) + std::string(checksum.bytes());
    Message message;
    try {
        message = decode_message(bytes);
    } catch (const MalformedRecord&) {
        return 0;
    }
    gavel::fuzz::require(encode_message(message) == bytes, "what is decoded was encoded so");
    return 0;
}
