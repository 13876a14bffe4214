#!/usr/bin/env python3
"""/openapi.json: every route is walked, and what it answers is checked against the document."""

from __future__ import annotations

import re
import unittest

import jsonschema

from harness.gavel_process import ROOT, Platform
from harness.http_client import Answer
from harness.sse import StreamReader
from harness.system_test import SystemTest

PROBLEM = "application/problem+json"
METHODS = ("get", "post", "put", "patch", "delete")


def served_routes() -> set[tuple[str, str]]:
    """As the gateway's handlers register them, and what the edge before every service answers."""
    routes = {("GET", "/metrics")}
    for handler in ("gateway_handler", "go_dialect_handler"):
        source = (ROOT / f"services/gateway/{handler}.cpp").read_text()
        found = re.findall(r'route\(\s*"([A-Z]+)",\s*"([^"]+)"', source)
        assert found, handler
        routes |= {(method, re.sub(r"<(\w+)>", r"{\1}", path)) for method, path in found}
    return routes


class OpenAPI(SystemTest):
    gavel: Platform
    document: dict
    walked: set[int] = set()  # operations of the document of which an answer was checked

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.gavel = cls.shared_platform()
        cls.document = cls.gavel.call("GET", "/openapi.json").json

    def operations(self) -> list[tuple[str, str, dict]]:
        return [(method.upper(), path, item[method])
                for path, item in self.document["paths"].items()
                for method in METHODS if method in item]

    def resolve(self, part: dict) -> dict:
        while "$ref" in part:
            found = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def check(self, answer: Answer, operation: dict, where: str) -> None:
        """The answer is one that the document speaks of."""
        self.walked.add(id(operation))
        responses = operation["responses"]
        described = responses.get(str(answer.status))
        if described is None and answer.status >= 400:
            described = responses.get("default")
        self.assertIsNotNone(described, f"{where}: {answer} is not described")
        described = self.resolve(described)
        for name in described.get("headers", {}):
            self.assertIn(name.lower(), answer.headers, f"{where}: {answer}")
        content = described.get("content")
        if content is None:
            self.assertEqual(answer.text, "", where)
            return
        media = answer.headers["content-type"].split(";")[0]
        self.assertIn(media, content, f"{where}: {answer}")
        if media.endswith("json"):
            # The references of a schema lead into the whole document.
            schema = {**content[media]["schema"], "components": self.document["components"]}
            try:
                jsonschema.Draft202012Validator(schema).validate(answer.json)
            except jsonschema.ValidationError as error:
                self.fail(f"{where}: {error.message} in {answer}")

    def ask(self, method: str, path: str, body=None, accept: str | None = None,
            **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.gavel.call(method, path, body, named | ({"Accept": accept} if accept else {}))

    def operation(self, method: str, path: str) -> dict:
        return self.document["paths"][path][method.lower()]

    def walk(self, method: str, path: str, status: int, body=None, **values) -> Answer:
        real = path
        for name, value in values.items():
            real = real.replace("{" + name + "}", value)
        answer = self.ask(method, real, body)
        self.assert_answer(answer, status)
        self.check(answer, self.operation(method, path), f"{method} {real}")
        return answer

    def test_the_document_has_every_route_that_is_served_and_no_other(self):
        self.assertEqual({(method, path) for method, path, _ in self.operations()},
                         served_routes())

    def test_the_document_is_one_of_openapi(self):
        self.assertEqual(self.document["openapi"], "3.1.0")
        text = self.gavel.call("GET", "/openapi.json").text
        references = re.findall(r'"\$ref": ?"([^"]+)"', text)
        self.assertGreater(len(references), 50)
        for reference in references:
            self.resolve({"$ref": reference})
        for schema in self.document["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)
        for method, path, operation in self.operations():
            parameters = [self.resolve(one) for one in operation.get("parameters", [])]
            in_path = {one["name"] for one in parameters if one["in"] == "path"}
            self.assertEqual(in_path, set(re.findall(r"{(\w+)}", path)), f"{method} {path}")

    def test_examples_of_requests_are_what_their_schemas_say(self):
        for method, path, operation in self.operations():
            if "requestBody" not in operation:
                continue
            media = operation["requestBody"]["content"]["application/json"]
            schema = {**media["schema"], "components": self.document["components"]}
            with self.subTest(method=method, path=path):
                jsonschema.Draft202012Validator(schema).validate(media["example"])
                # And the server takes them for what they are: no 400.
                if "{" not in path:
                    answer = self.ask(method, path, media["example"])
                    self.assertLess(answer.status, 400, str(answer))

    def test_what_is_answered_is_what_the_document_says(self):
        auctions, auction = "/api/auctions", "/api/auctions/{auction_id}"
        one = {"auction_id": self.walk("POST", auctions, 201, {"name": "Lamp", "starting_bid": 50,
                                                               "description": None})
               .json["auction"]["id"]}
        ruled = self.walk("POST", auctions, 201, {
            "name": "Desk", "starting_bid": 50, "duration_seconds": 3600, "proxy": True,
            "increments": [{"below": 100, "step": 1}, {"step": 5}], "reserve": 80,
            "currency": "EUR", "buy_now_price": 200, "seller": "sue", "retractions": True,
            "soft_close": {"window_seconds": 60, "extension_seconds": 60, "max_times": 3}})
        rules = {"auction_id": ruled.json["auction"]["id"]}
        dutch = self.walk("POST", auctions, 201, {
            "name": "Tulips", "starting_bid": 50, "format": "dutch",
            "dutch": {"floor": 20, "step": 10, "interval_seconds": 60}})
        self.walk("POST", auctions, 400, {"name": "", "starting_bid": 50})
        bid = auction + "/bid"
        self.walk("POST", bid, 200, {"bidder": "ann", "amount": 60}, **one)
        self.walk("POST", bid, 200, {"bidder": "bob", "amount": "61.5"}, **one)
        self.walk("POST", bid, 409, {"bidder": "cem", "amount": 60}, **one)
        self.walk("POST", bid, 400, {"amount": 60}, **one)
        self.walk("POST", bid, 404, {"bidder": "cem", "amount": 60}, auction_id="999")
        self.walk("POST", bid, 200, {"bidder": "ann", "max_amount": 120}, **rules)
        self.walk("POST", bid, 200, {"bidder": "bob", "amount": 90}, **rules)
        self.walk("POST", bid, 409, {"bidder": "cem", "amount": 60}, **rules)
        bulk = auction + "/bids/bulk"
        bids = {"bids": [{"bidder": "ann", "amount": 70}, {"bidder": "bob", "amount": "x"}, {}]}
        self.walk("POST", bulk, 200, bids, **one)
        self.walk("POST", bulk, 409, bids, **one)
        self.walk("POST", bulk, 400, {}, **one)
        self.walk("POST", auction + "/retract", 200, {"bidder": "bob"}, **rules)
        self.walk("POST", auction + "/retract", 409, {"bidder": "bob"}, **one)
        self.walk("POST", auction + "/buy_now", 200, {"bidder": "ann"},
                  auction_id=dutch.json["auction"]["id"])
        self.walk("POST", auction + "/buy_now", 409, {"bidder": "ann"}, **one)
        self.walk("POST", auction + "/cancel", 200, {}, **rules)
        self.walk("POST", auction + "/close", 200, {}, **one)
        self.walk("POST", auction + "/close", 404, {}, auction_id="999")
        for path, values in ((auctions, {}), (auction, one), (auction, rules)):
            self.walk("GET", path, 200, **values)
        self.walk("GET", auction, 404, auction_id="x")
        self.walk("GET", auction + "/proof", 200, **one)
        self.walk("GET", auction + "/proof", 404, auction_id="999")
        self.walk("GET", "/api/log/head", 200)
        self.walk("GET", "/api/log/heads", 200)
        self.walk("GET", "/api/log/heads/{day}", 404, day="1999-12-31")
        self.walk("GET", "/api/log/heads/{day}", 400, day="today")
        page = self.ask("GET", f"{auctions}?limit=1&status=CLOSED")
        self.assertEqual(set(page.json), {"auctions", "next"})
        self.check(page, self.operation("GET", auctions), "a page")
        seen = self.ask("GET", f"/api/auctions/{one['auction_id']}")
        again = self.ask("GET", f"/api/auctions/{one['auction_id']}",
                         If_None_Match=seen.headers["etag"])
        self.assertEqual(again.status, 304)
        self.check(again, self.operation("GET", auction), "not modified")
        stale = self.ask("POST", f"/api/auctions/{one['auction_id']}/close", {}, If_Match='"L-1.1"')
        self.assertEqual(stale.status, 412)
        self.check(stale, self.operation("POST", auction + "/close"), "a stale condition")
        for path in (f"{auctions}?bids=0", f"/api/auctions/{one['auction_id']}?bids=0"):
            described = self.operation("GET", auctions if "?" in path[:14] else auction)
            self.check(self.ask("GET", path), described, path)
        self.walk("GET", "/api/history", 200)
        self.check(self.ask("GET", "/api/history?limit=2"), self.operation("GET", "/api/history"),
                   "a page of the history")
        self.walk("GET", "/api/transactions", 200)
        notices = "/api/notifications"
        self.walk("GET", notices, 200)
        for query in ("?kinds=won,outbid,lost,unsold,extended&after=0", "?limit=0", "?kinds=x"):
            answer = self.ask("GET", notices + query)
            self.check(answer, self.operation("GET", notices), query)
        made = self.walk("POST", "/api/webhooks", 201, {"url": "https://example.com/"})
        self.walk("POST", "/api/webhooks", 400, {"url": "x"})
        self.walk("GET", "/api/webhooks", 200)
        hook = str(made.json["webhook"]["id"])
        self.walk("DELETE", "/api/webhooks/{webhook_id}", 200, webhook_id=hook)
        self.walk("DELETE", "/api/webhooks/{webhook_id}", 404, webhook_id=hook)
        for path in ("/api/cluster", "/api/status", "/livez", "/readyz", "/metrics",
                     "/openapi.json"):
            self.walk("GET", path, 200)
        for command in ({"command": "list"}, {"command": "fly"}):
            self.walk("POST", "/auction.AuctionGateway/Execute", 200, command)
        self.walk("POST", "/auction.AuctionGateway/GetHistory", 200, {})
        self.assertEqual({path for _, path, operation in self.operations()
                          if id(operation) not in self.walked}, {"/api/updates/stream"})

    def test_the_stream_is_one(self):
        reader = StreamReader(self.gavel.ports["gateway"])
        self.addCleanup(reader.close)
        self.assertEqual(reader.snapshot().type, "snapshot")

    def test_refusals_are_problems_for_who_takes_them(self):
        cases = (("POST", "/api/auctions", "/api/auctions", {}, 400),
                 ("GET", "/api/auctions/999", "/api/auctions/{auction_id}", None, 404),
                 ("POST", "/api/auctions/999/bid", "/api/auctions/{auction_id}/bid",
                  {"bidder": "ann", "amount": 1}, 404),
                 ("GET", "/api/notifications?limit=x", "/api/notifications", None, 400))
        for method, real, path, body, status in cases:
            with self.subTest(real):
                answer = self.ask(method, real, body, PROBLEM)
                self.assert_answer(answer, status)
                self.assertEqual(answer.headers["content-type"], PROBLEM)
                self.check(answer, self.operation(method, path), real)
                self.assertEqual(answer.json["detail"], self.ask(method, real, body).json["error"])


if __name__ == "__main__":
    unittest.main()
