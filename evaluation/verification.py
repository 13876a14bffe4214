"""Was every bid that the server accepted really kept, once, and in order?

A fast answer is worth nothing if it is not true. After a load the auctions are read back and
compared with what was answered, bid by bid. The comparison (`check_bids`) is pure; `verify` reads.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Iterable

from http_exchange import Client, ExchangeError
from load import AcceptedBids, bidder_name

PROBLEMS_TOLD = 10  # of each kind in each auction; all are counted
PAUSE_S = 0.2


@dataclass
class Verification:
    """What the comparison found, for `accepted` bids answered as accepted in `auctions`."""

    auctions: int = 0
    accepted: int = 0
    missing: int = 0
    doubled: int = 0
    changed: int = 0  # listed with another amount
    disordered: int = 0  # not above the bid before it
    unexpected: int = 0  # refused, and yet listed
    unacknowledged: int = 0  # listed, and its answer was lost: that is allowed
    strangers: int = 0  # other people's bids: none of our business
    unreadable: int = 0  # auctions that could not be read back
    details: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not (self.missing or self.doubled or self.changed or self.disordered
                    or self.unexpected or self.unreadable)

    def summary(self) -> str:
        """One line for people."""
        if self.ok:
            return f"Verified: {self.accepted} accepted bids are all present"
        found = [f"{count} {word}" for count, word in (
            (self.missing, "accepted bids missing"), (self.doubled, "accepted bids doubled"),
            (self.changed, "bids with another amount"), (self.disordered, "bids out of order"),
            (self.unexpected, "refused bids present"),
            (self.unreadable, "auctions that could not be read")) if count]
        return f"NOT verified: {', '.join(found)} (of {self.accepted} accepted bids)"

    def as_json(self) -> dict:
        return {"ok": self.ok, "summary": self.summary(), **asdict(self)}

    def add(self, other: Verification) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def cents_of(amount) -> int | None:
    """The amount in cents if it is a whole number of them, else None. Money arrives as a JSON
    number, a float here: 0.29 * 100 is 28.999999999999996."""
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        return None
    scaled = amount * 100
    if abs(scaled) > 1e15 or scaled != scaled:
        return None
    cents = round(scaled)
    return cents if abs(scaled - cents) < 1e-4 else None


def check_bids(auction_id: str, listed, accepted: dict[str, int], uncertain: set[str],
               run: str) -> Verification:
    """Compares an auction's `bids` as read back with those answered as accepted (bidder to cents).

    Each accepted bid must be listed exactly once with its amount; each amount must be above the one
    before; a bid of this run that was neither accepted nor left in doubt must not be listed.
    """
    found = Verification(auctions=1, accepted=len(accepted))
    told: Counter = Counter()

    def tell(kind: str, text: str) -> None:
        setattr(found, kind, getattr(found, kind) + 1)
        told[kind] += 1
        if told[kind] <= PROBLEMS_TOLD:
            found.details.append(f"auction {auction_id}: {text}")

    seen: Counter = Counter()
    before = None
    for place, bid in enumerate(listed):
        try:
            bidder, amount = bid["bidder"], bid["amount"]
        except (TypeError, KeyError):
            bidder = amount = None
        if not isinstance(bidder, str):
            tell("disordered", f"entry {place + 1} of its bids is no bid")
            continue
        if isinstance(amount, (int, float)):
            if before is not None and amount <= before:
                tell("disordered",
                     f"bid {place + 1} ({amount}) is not above the one before ({before})")
            before = amount
        seen[bidder] += 1
        if bidder in accepted:
            if seen[bidder] == 2:
                tell("doubled", f"the bid of {bidder} is there more than once")
            if cents_of(amount) != accepted[bidder]:
                tell("changed", f"{bidder} bid {accepted[bidder] / 100:.2f}, listed is {amount}")
        elif not bidder.startswith(f"{run}-"):
            found.strangers += 1
        elif bidder in uncertain:
            found.unacknowledged += 1
            if seen[bidder] == 2:
                tell("doubled", f"the bid of {bidder} is there more than once")
        else:
            tell("unexpected", f"the bid of {bidder} ({amount}) was refused and is there")
    for bidder, cents in accepted.items():
        if not seen[bidder]:
            tell("missing", f"the accepted bid of {bidder} ({cents / 100:.2f}) is not there")
    return found


def accepted_by_bidder(parts: Iterable[AcceptedBids], run: str) -> dict[str, int]:
    return {bidder_name(run, bids.process, sequence): cents
            for bids in parts for sequence, cents in zip(bids.sequences, bids.cents)}


class _Reader:
    """Reads auctions back: one by one, or from the list where the server has no such route."""

    def __init__(self, client: Client):
        self._client = client
        self._listed: dict[str, dict] | None = None

    def bids(self, auction_id: str) -> list:
        if self._listed is None:
            response = self._get(f"/api/auctions/{auction_id}")
            if response.status == 200:
                return self._bids_of(response.json().get("auction"))
            if response.status not in (404, 405):
                raise ExchangeError(f"status {response.status}")
            self._listed = self._read_list()
        if auction_id not in self._listed:
            raise ExchangeError("not found", "the server does not know it any more")
        return self._bids_of(self._listed[auction_id])

    def _read_list(self) -> dict[str, dict]:
        response = self._get("/api/auctions")
        if response.status != 200:
            raise ExchangeError(f"status {response.status}")
        try:
            return {auction["id"]: auction for auction in response.json()["auctions"]}
        except (TypeError, KeyError):
            raise ExchangeError(
                "unexpected answer", "the list of auctions has another shape") from None

    def _get(self, path: str):
        """A read may be answered with 503 while the reading side catches up; that is worth waiting
        for, as long as a request may last."""
        deadline = time.monotonic() + self._client.timeout_seconds
        response = self._client.get(path)
        while response.status == 503 and time.monotonic() < deadline:
            time.sleep(PAUSE_S)
            response = self._client.get(path)
        return response

    @staticmethod
    def _bids_of(auction) -> list:
        bids = auction.get("bids") if isinstance(auction, dict) else None
        if not isinstance(bids, list):
            raise ExchangeError("unexpected answer", "the auction has no list of bids")
        return bids


def verify(client: Client, run: str, accepted: dict[str, list[AcceptedBids]],
           uncertain: set[str]) -> Verification:
    """Reads every auction of the run back and checks it. Never raises for what a server answers."""
    reader = _Reader(client)
    whole = Verification()
    for auction_id, parts in accepted.items():
        expected = accepted_by_bidder(parts, run)
        try:
            found = check_bids(auction_id, reader.bids(auction_id), expected, uncertain, run)
        except (ExchangeError, AttributeError) as error:
            found = Verification(1, len(expected), unreadable=1,
                                 details=[f"auction {auction_id} cannot be read back: {error}"])
        whole.add(found)
    return whole
