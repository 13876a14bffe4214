#pragma once

#include <string>

namespace gavel {

// Logs as JSON Lines, for backups and for moving them. The service that uses the log may be
// running during an export; an import makes a new log.
//
// A complete export has every record, secrets included, so its file is its owner's alone (mode
// 0600): a line that names the log, then {"index", "time_us", "record", "hash"} in hex digits for
// each entry, `hash` being that of the log's own chain (services/auction/hash_chain.h).
// A public one has the proofs of all auctions one behind the other (services/auction/PROOFS.md),
// those with bids that are still hidden left out.

// Throws LogDamaged when the log is, and std::runtime_error when the file exists or cannot be
// written. Returns how many entries, or auctions, it has written.
std::size_t export_log(const std::string& log_path, const std::string& file_path);
std::size_t export_public(const std::string& log_path, const std::string& file_path);

// Makes a log of a complete export: the same log, with the same id, entries and hashes. Throws
// std::runtime_error with the line when the file is not as it was written, and leaves no log then.
// Returns its number of entries.
std::size_t import_log(const std::string& file_path, const std::string& log_path);

}  // namespace gavel
