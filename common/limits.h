#pragma once

// Every limit of the system, in one place. Each names what is answered when it is reached.
// Units are the last word of a name. A limit that an operator may want to move is also a
// setting (README, "Configuration"); its default stands here.

#include <cstddef>
#include <cstdint>

namespace gavel::limits {

// ---- HTTP server: one connection ----------------------------------------------------------
inline constexpr std::size_t max_method_bytes = 16;              // 400
inline constexpr std::size_t max_target_bytes = 8 * 1024;        // 414
inline constexpr std::size_t max_head_bytes = 16 * 1024;         // 431
inline constexpr std::size_t max_header_count = 100;             // 431
inline constexpr std::size_t max_empty_line_bytes = 16;          // before a request: 400
inline constexpr std::size_t max_body_bytes = 1024 * 1024;       // 413
inline constexpr std::size_t max_pipelined_bytes = 64 * 1024;    // reading pauses
inline constexpr std::int64_t request_read_timeout_ms = 10'000;  // 408, however slowly bytes drip
inline constexpr std::int64_t keep_alive_idle_ms = 75'000;       // closed
inline constexpr std::int64_t write_stall_timeout_ms = 30'000;   // closed
inline constexpr std::int64_t answer_timeout_ms = 30'000;        // 504
inline constexpr std::int64_t linger_timeout_ms = 2'000;         // closed
inline constexpr std::size_t max_lingering_bytes = 8 * 1024 * 1024;  // closed

// ---- HTTP server: all connections ---------------------------------------------------------
inline constexpr std::size_t max_connections = 20'000;  // 503, closed
// More, when SSE_MAX_SUBSCRIBERS is higher: that, and so many others.
inline constexpr std::size_t connections_beside_subscribers = 5'000;
// The files that a process wants to be able to open: these, and one for each subscriber.
inline constexpr std::size_t descriptors_beside_subscribers = 1'000;
inline constexpr std::int64_t accept_pause_ms = 100;  // when file descriptors run out

// ---- HTTP server: one client ----------------------------------------------------------------
// Whose requests are counted at a time (RATE_LIMIT_PER_SECOND); beyond it who asked longest ago is
// forgotten.
inline constexpr std::size_t max_rate_limited_clients = 100'000;

// What is told as problem details; a larger refusal is told as it is.
inline constexpr std::size_t max_problem_bytes = 64 * 1024;

// ---- HTTP client --------------------------------------------------------------------------
inline constexpr std::size_t max_pooled_connections = 128;       // further requests queue
inline constexpr std::size_t max_queued_requests = 4'096;        // ServiceFailure::overloaded
inline constexpr std::int64_t connect_timeout_ms = 1'000;        // ServiceFailure::unreachable
inline constexpr std::int64_t service_timeout_ms = 5'000;        // ServiceFailure::timed_out
inline constexpr std::int64_t client_idle_ms = 30'000;           // closed; below keep_alive_idle_ms
inline constexpr std::size_t max_answer_head_bytes = 64 * 1024;  // ServiceFailure::lost
inline constexpr std::size_t max_answer_bytes = 256 * 1024 * 1024;   // ServiceFailure::too_large
inline constexpr std::size_t max_proxied_queue_bytes = 1024 * 1024;  // reading upstream pauses

// ---- Batches of requests between services ---------------------------------------------------
inline constexpr std::int64_t batch_patience_ms = 20;    // then each answer goes by itself
inline constexpr std::size_t max_batch_requests = 256;   // the rest rides in the next
inline constexpr std::size_t max_batches_under_way = 4;  // likewise
inline constexpr std::size_t max_batch_request_bytes = 64 * 1024;  // a larger body goes alone

// ---- HTTP client of a service that is several nodes ----------------------------------------
// Longer than an election (3 s) and the round trips after it, so that a write survives one.
inline constexpr std::int64_t cluster_timeout_ms = 10'000;  // 503, 504 if it may have taken effect
inline constexpr std::int64_t cluster_try_timeout_ms = 2'000;  // tried at another node
// A service whose own answer waits for the cluster: what is asked of it takes longer still.
inline constexpr std::int64_t behind_cluster_timeout_ms = cluster_timeout_ms + 2'000;
static_assert(behind_cluster_timeout_ms < answer_timeout_ms);
inline constexpr std::int64_t cluster_status_timeout_ms = 1'000;  // told as unreachable

// ---- The gateway's account of itself --------------------------------------------------------
inline constexpr std::int64_t probe_timeout_ms = 1'000;  // told as unhealthy
inline constexpr std::int64_t probe_keep_ms = 1'000;     // who asks sooner gets the same answer

// ---- JSON and text ------------------------------------------------------------------------
inline constexpr int max_json_depth = 64;                            // 400
inline constexpr std::size_t max_name_bytes = 1'000;                 // 400
inline constexpr std::size_t max_bidder_bytes = 255;                 // 400
inline constexpr std::size_t max_description_bytes = 10'000;         // 400
inline constexpr std::size_t max_bulk_bids = 1'000;                  // 400
inline constexpr std::size_t max_request_id_bytes = 128;             // replaced by one of our own
inline constexpr std::int64_t max_duration_seconds = 3'155'760'000;  // a century; 400
// 100 thousand million in ten-thousandths. Below it, every multiple of 1/10,000 has a binary
// double of its own (their spacing at 1e11 is 1.5e-5), so a JSON number names one amount.
inline constexpr std::int64_t max_money_units = 1'000'000'000'000'000;  // 400

// The auctions in a bulk answer, each with all bids so far, grow with the square of the bids:
// beyond this their `bids` are left out, and the answer has Gavel-Truncated.
inline constexpr std::size_t max_bulk_answer_bytes = 64 * 1024 * 1024;

// ---- Idempotency --------------------------------------------------------------------------
inline constexpr std::size_t max_idempotency_key_bytes = 255;                 // 400
inline constexpr std::size_t max_idempotency_keys = 1'000'000;                // 503
inline constexpr std::int64_t idempotency_keep_us = 24LL * 3600 * 1'000'000;  // then evicted

// ---- Sessions: keys that a gateway adds itself --------------------------------------------
inline constexpr std::size_t max_sessions = 1'000;              // 503
inline constexpr std::int64_t session_keep_us = 3'600'000'000;  // then evicted, if full
inline constexpr std::size_t max_session_outcomes = 65'536;     // of one; 503

// ---- Transactions: create and close, with other services ----------------------------------
inline constexpr std::size_t max_transaction_id_bytes = 128;                  // 400
inline constexpr std::size_t max_transaction_memo_bytes = 16 * 1024;          // 400
inline constexpr std::size_t max_prepared_transactions = 10'000;              // at once; 503
inline constexpr std::int64_t transaction_keep_us = 24LL * 3600 * 1'000'000;  // then forgotten
// Committed ones, and aborted ones; beyond it the oldest is forgotten. What began before one that
// was forgotten cannot be prepared any more.
inline constexpr std::size_t max_finished_transactions = 100'000;
inline constexpr std::size_t max_frozen_bids = 10'000;     // waiting for a decision; 503
inline constexpr std::int64_t frozen_bid_wait_ms = 3'000;  // 503

// ---- The log and its owner ----------------------------------------------------------------
inline constexpr std::size_t max_batch_commands = 1'024;         // the rest rides in the next batch
inline constexpr std::size_t max_batch_bytes = 4 * 1024 * 1024;  // likewise
inline constexpr std::size_t max_waiting_commands = 65'536;      // 503
inline constexpr std::uint64_t log_merge_pages = 1'000;          // of SQLite's write-ahead log
inline constexpr std::size_t max_ended_at_once = 1'024;          // the rest after them
inline constexpr std::uint64_t snapshot_interval_entries = 200'000;
inline constexpr std::size_t snapshots_kept = 2;

// ---- Decisions of two-phase commit in the log ----------------------------------------------
inline constexpr std::size_t max_decision_page = 10'000;  // records; ?limit= above it: 400

// ---- The storage of a Raft server ---------------------------------------------------------
inline constexpr std::size_t raft_wal_pages = 1'000;                // merged when there is time
inline constexpr std::size_t raft_overdue_wal_pages = 2'000;        // merged by the batch at hand
inline constexpr std::size_t raft_wal_bytes = 16 * 1024 * 1024;     // cut to that after a merge
inline constexpr std::size_t raft_snapshot_row_bytes = 256 * 1024;  // the rest is in the next row
inline constexpr std::size_t raft_read_page_entries = 1'000;        // a page ends, the next follows
inline constexpr std::size_t raft_read_page_bytes = 4 * 1024 * 1024;  // likewise

// ---- The feed -----------------------------------------------------------------------------
inline constexpr std::size_t feed_window_events = 65'536;         // older ones are read from disk
inline constexpr std::uint64_t feed_store_batch_entries = 2'000;  // stored at once
inline constexpr std::int64_t feed_store_delay_ms = 200;          // fewer are stored after it
inline constexpr std::size_t max_event_block_bytes = 64 * 1024 * 1024;  // a larger one is damage
inline constexpr std::size_t max_feed_page_entries = 5'000;  // a page ends, the next follows
inline constexpr std::int64_t max_feed_wait_ms = 25'000;     // an empty page
inline constexpr std::size_t max_feed_waiters = 1'000;       // 503

// ---- Views and reads ----------------------------------------------------------------------
inline constexpr std::int64_t stored_view_pause_ms = 100;  // between stored pages
// Of what is derived from the log: a merge syncs so much at once, and who syncs bids waits for it.
inline constexpr std::uint64_t view_merge_pages = 250;
inline constexpr std::size_t max_auction_page = 10'000;            // ?limit= above it: 400
inline constexpr std::size_t list_piece_bytes = 256 * 1024;        // a piece ends, the next follows
inline constexpr std::int64_t read_wait_ms = 1'000;                // 503 when a view lags longer
inline constexpr std::size_t max_waiting_reads = 10'000;           // 503
inline constexpr std::size_t max_history_page_events = 10'000;     // ?limit= above it: 400
inline constexpr std::size_t max_history_answer_events = 100'000;  // unpaged: the newest ones
inline constexpr std::size_t max_history_answer_bytes = 64 * 1024 * 1024;  // likewise; a page ends
inline constexpr std::size_t max_queued_history_reads = 256;               // 503
inline constexpr std::size_t max_waiting_notes = 10'000;                   // POST /events: 503
inline constexpr std::size_t notice_page = 1'000;                          // without ?limit=
inline constexpr std::size_t max_notice_page = 10'000;                     // ?limit= above it: 400
inline constexpr std::size_t max_queued_notice_tasks = 256;                // 503
inline constexpr std::size_t max_other_notices = 100'000;  // beside winners'; the newest are kept
inline constexpr std::size_t max_told_bidders = 10'000;    // of one auction, that they lost
inline constexpr std::size_t max_streamed_losers = 1'000;  // the same, on the stream
inline constexpr std::uint32_t max_bids_searched_for_losers = 10'000;  // the newest
inline constexpr std::size_t max_event_field_bytes = 1'000;            // of JSON; 400
inline constexpr std::size_t max_payload_bytes = 10'000;               // of JSON; 400
inline constexpr std::size_t max_screened_auctions = 1'000'000;  // older bids are not screened

// ---- Webhooks -------------------------------------------------------------------------------
inline constexpr std::size_t max_webhooks = 100;               // 409
inline constexpr std::size_t max_webhook_url_bytes = 2'000;    // 400
inline constexpr std::size_t max_pending_deliveries = 10'000;  // of one; the oldest are left out
inline constexpr std::size_t max_webhook_calls = 8;            // at a time, one for each webhook
inline constexpr std::int64_t webhook_time_limit_ms = 10'000;  // a failed attempt
inline constexpr std::size_t max_web_addresses = 4;            // of a name with more, the first

// ---- The dashboard's server ---------------------------------------------------------------
inline constexpr std::size_t max_static_bytes = 16 * 1024 * 1024;  // refuses to start
inline constexpr std::int64_t gateway_timeout_ms = 35'000;         // 504; above its own 30 s
inline constexpr std::int64_t gateway_ready_timeout_ms = 2'000;    // not ready

// ---- Streams ------------------------------------------------------------------------------
inline constexpr std::size_t max_subscribers = 15'000;  // SSE_MAX_SUBSCRIBERS; 503
inline constexpr std::int64_t stream_ping_ms = 15'000;
inline constexpr std::size_t stream_window_events = 65'536;  // older cursor: a fresh snapshot
inline constexpr std::size_t max_subscriber_queue_bytes = 1024 * 1024;  // it waits, then is ended
inline constexpr std::size_t snapshot_auctions = 1'000;         // newest; then "truncated": true
inline constexpr std::size_t snapshot_events = 1'000;           // newest
inline constexpr std::size_t snapshot_bytes = 8 * 1024 * 1024;  // older auctions are left out

}  // namespace gavel::limits
