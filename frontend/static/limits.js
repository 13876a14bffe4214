// Every bound of the dashboard in one place.

// ---- Requests --------------------------------------------------------------------
export const REQUEST_TIMEOUT_MS = 10_000;
// A lost connection is tried once more; an answer that asks for patience, so often.
export const LOST_ATTEMPTS = 2;
export const PATIENT_ATTEMPTS = 4;
export const REQUEST_RETRY_FIRST_MS = 300;
export const REQUEST_RETRY_MOST_MS = 5_000;
export const UNANSWERED_KEPT = 100;

// ---- The stream ------------------------------------------------------------------
// The server pings after 15 s of silence: at 40 s two pings are missing.
export const STREAM_SILENCE_MS = 40_000;
export const STREAM_CHECK_MS = 1_000;
// A check that comes this late, after more silence than between two pings: the
// machine slept.
export const STREAM_SLEPT_MS = 20_000;
export const STREAM_RETRY_FIRST_MS = 500;
export const STREAM_RETRY_MOST_MS = 10_000;
// Messages in a row that cannot be read before a fresh snapshot is asked for.
export const STREAM_UNREADABLE_MOST = 2;

// ---- The server's clock ----------------------------------------------------------
// Two clocks drift apart by less than this (RFC 5905 assumes 15 ppm at its best).
export const CLOCK_DRIFT = 100e-6;
export const CLOCK_FIRST_MS = 1_000;
export const CLOCK_MEASURED_MS = 60_000;
// The computer slept, or somebody set its clock.
export const CLOCK_JUMP_MS = 500;

// ---- What is kept ----------------------------------------------------------------
export const AUCTIONS_KEPT = 20_000;
export const AUCTIONS_A_PAGE = 1_000;
export const EVENTS_KEPT = 200;
export const MINE_KEPT = 2_000;
export const OWN_BIDS_KEPT = 1_000;
export const RECEIPTS_KEPT = 500;
export const LATENCIES_KEPT = 500;
export const RATE_SECONDS = 10;

// ---- What is shown ---------------------------------------------------------------
export const FEED_SHOWN = 60;
export const REORDER_MS = 1_000;
export const OVERSCAN_ROWS = 2;
export const KEPT_CARDS = 50;
// A card with the focus stays in the page while it is no farther from what is seen.
export const FOCUS_REACH_CARDS = 120;
export const TICK_MS = 100;
export const TEXT_SHOWN = 300;
export const NOTICES_SHOWN = 3;
export const NOTICES_REMEMBERED = 200;
// How long an extension stands beside the time.
export const EXTENDED_SHOWN_SECONDS = 30;
export const NOTICE_MS = 12_000;
export const NOTIFICATION_MS = 5_000;
export const ANNOUNCE_MS = 3_000;
export const PICKER_CHOICES = 50;
export const OWN_BIDS_SHOWN = 50;

// ---- An auction's page -----------------------------------------------------------
export const BIDS_RELOAD_MS = 500;
export const CHART_DRAW_MS = 250;
export const CHART_EXTEND_MS = 2_000;
export const PAGE_EVENTS_SHOWN = 100;

// ---- Selling; the server's own limits --------------------------------------------
export const NAME_BYTES = 1_000;
export const DESCRIPTION_BYTES = 10_000;
export const BIDDER_BYTES = 255;
export const AMOUNT_MOST = 100_000_000_000;
export const AMOUNT_DECIMALS = 4;
export const DURATION_MOST_SECONDS = 3_155_760_000;
export const SOFT_CLOSE_MOST_MINUTES = 1_440;
export const SOFT_CLOSE_MOST_TIMES = 10_000;
export const BULK_BIDS_A_REQUEST = 1_000;
export const BULK_LINES = 10_000;
export const BULK_FILE_BYTES = 2 * 1024 * 1024;

export const PROOF_FILE_BYTES = 64 * 1024 * 1024;
export const RECEIPT_FILE_BYTES = 64 * 1024;

// ---- History ---------------------------------------------------------------------
export const HISTORY_ROWS = 50;
export const HISTORY_WINDOW = 500;
export const HISTORY_WINDOWS_A_SEARCH = 20;
export const HISTORY_EXPORT_PAGE = 10_000;
export const HISTORY_EXPORT_MOST = 1_000_000;

// ---- Operators -------------------------------------------------------------------
export const POLL_MS = 1_000;
// What the server does not have is asked for now and then.
export const ABSENT_POLL_MS = 30_000;
// Above the second that the gateway gives each node.
export const POLL_TIMEOUT_MS = 4_000;
export const CLUSTER_NODES_SHOWN = 50;
export const TRANSACTIONS_SHOWN = 50;
export const NOTICES_LISTED = 50;
