#include "services/runner/verify.h"

#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>

#include "services/auction/proof_check.h"

namespace gavel {
namespace {

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    if (in) text << in.rdbuf();
    if (!in) throw std::runtime_error("cannot read " + path);
    return text.str();
}

void print(const auction::ProofVerdict::Fault& fault, std::ostream& out) {
    out << "BAD";
    if (fault.n != 0) out << " act " << fault.n;
    if (fault.index != 0) out << " index " << fault.index;
    out << ": " << fault.what << "\n";
}

}  // namespace

int verify(const std::string& proof_path, const std::optional<std::string>& heads_path,
           std::ostream& out) {
    const std::string proof = read_file(proof_path);
    std::optional<std::string> heads;
    if (heads_path) heads = read_file(*heads_path);
    const auto verdict = auction::check_proof(proof, heads);
    for (const auto& note : verdict.notes) out << note << "\n";
    for (const auto& fault : verdict.faults) print(fault, out);
    if (!verdict.holds()) return 1;
    out << "OK auction " << verdict.auction_id << ", head " << verdict.head << "\n";
    return 0;
}

}  // namespace gavel
