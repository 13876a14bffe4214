#include "services/auction/hash_chain.h"

#include <openssl/evp.h>

#include <stdexcept>

#include "common/bytes/byte_writer.h"

namespace gavel::auction {
namespace {

void require(int result) {
    if (result != 1) throw std::runtime_error("SHA-256 is not available in this OpenSSL");
}

}  // namespace

void HashChain::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

HashChain::HashChain() : context_(EVP_MD_CTX_new()) {
    if (!context_) throw std::bad_alloc();
    // The algorithm is looked up here, once: it costs more than the hash of a record.
    require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

std::string HashChain::start(std::string_view log_id) {
    return HashChain().next({}, 0, log_id);
}

std::string HashChain::next(std::string_view previous, std::uint64_t index,
                            std::string_view record) {
    ByteWriter number;
    number.u64(index);
    std::string hash(32, '\0');
    unsigned int size = 0;
    require(EVP_DigestInit_ex(context_.get(), nullptr, nullptr));
    require(EVP_DigestUpdate(context_.get(), previous.data(), previous.size()));
    require(EVP_DigestUpdate(context_.get(), number.bytes().data(), number.bytes().size()));
    require(EVP_DigestUpdate(context_.get(), record.data(), record.size()));
    require(
        EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(hash.data()), &size));
    return hash;
}

}  // namespace gavel::auction
