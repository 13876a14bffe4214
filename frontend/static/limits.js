// Every bound of the dashboard in one place.

export const CARDS_A_PAGE = 60;
export const BIDS_KEPT_PER_AUCTION = 20;
export const EVENTS_KEPT = 200;
export const BULK_CHOICES_SHOWN = 200;
export const BULK_RESULTS_SHOWN = 200;

export const REQUEST_TIMEOUT_MS = 10_000;
export const REQUEST_ATTEMPTS = 4;
export const REQUEST_RETRY_FIRST_MS = 300;
export const UNANSWERED_KEPT = 100;

// The server pings after 15 s of silence: at 40 s two pings are missing.
export const STREAM_SILENCE_MS = 40_000;
export const STREAM_RETRY_FIRST_MS = 500;
export const STREAM_RETRY_MOST_MS = 10_000;

export const CLOSE_CONFIRM_MS = 4_000;

export const CLUSTER_POLL_MS = 1_000;
// Where there is no cluster, the page asks now and then whether there is one.
export const CLUSTER_ABSENT_POLL_MS = 30_000;
// Above the second that the gateway gives each node.
export const CLUSTER_TIMEOUT_MS = 4_000;
export const CLUSTER_NODES_SHOWN = 50;
