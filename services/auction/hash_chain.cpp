#include "services/auction/hash_chain.h"

#include "common/bytes/byte_writer.h"
#include "common/crypto/sha256.h"

namespace gavel::auction {

std::string HashChain::start(std::string_view log_id) {
    return next({}, 0, log_id);
}

std::string HashChain::next(std::string_view previous, std::uint64_t index,
                            std::string_view record) {
    ByteWriter number;
    number.u64(index);
    return std::string(bytes_of(sha256_of({previous, number.bytes(), record})));
}

}  // namespace gavel::auction
