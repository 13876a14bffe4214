#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace gavel {

// `gavel verify FILE [--head HEADS]`: checks a proof offline (services/auction/PROOFS.md) and says
// what holds, or what is wrong and where. Returns the exit status: 0 when the proof holds, 1 when
// not. Throws std::runtime_error when a file cannot be read.
int verify(const std::string& proof_path, const std::optional<std::string>& heads_path,
           std::ostream& out);

}  // namespace gavel
