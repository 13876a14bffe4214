#!/usr/bin/env python3
"""The include law and the tidy rules of the tree, as tests.

    python3 tests/architecture_test.py [project root]

Prints file:line for each offence. Every rule is a function from a file's path and text to its
offences, so that the rules themselves are tested on samples (class TheRules).

Who may include whom:

    common/           common
    services/NAME/    common, services/NAME
    services/runner/  everything but tests
    frontend/         common, frontend
    consensus/NAME/   a core file: the C++ standard library and consensus/NAME, nothing else;
                      a driver file: common as well
    evaluation/       common, evaluation: it meets what it measures over HTTP, but for the
                      benchmark of the book alone, which has no HTTP side
    tests/support/    common, tests/support
    other tests       everything

A file of consensus/NAME is a driver file when it lies in a folder `driver` or when its name has one
of the words in DRIVER_WORDS. Five libraries are kept in one place each: see LIBRARY_HOMES.
"""

from __future__ import annotations

import re
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

OUR_FOLDERS = ("common", "services", "frontend", "consensus", "evaluation", "tests")
SKIPPED_FOLDERS = {"node_modules", "__pycache__", "build", "data"}
CPP_SUFFIXES = {".h", ".cpp"}
TEXT_SUFFIXES = CPP_SUFFIXES | {".cmake", ".css", ".html", ".js", ".json", ".md", ".mjs", ".py",
                                ".sh", ".svg", ".toml", ".txt", ".yaml", ".yml"}
TEXT_NAMES = {"Dockerfile", ".clang-format", ".clang-tidy", ".dockerignore", ".gitignore"}

MAX_LINE_CHARACTERS = 100
DRIVER_WORDS = {"client", "driver", "handler", "service", "storage", "store", "transport"}

# A library's headers, and the only folders that may include them.
LIBRARY_HOMES = (
    (re.compile(r"httplib\.h"), ("common/http/", "tests/http/", "evaluation/bare_http_server.cpp")),
    (re.compile(r"spdlog/.*"), ("common/logging/",)),
    (re.compile(r"prometheus/.*"), ("common/metrics/",)),
    (re.compile(r"sqlite3(ext)?\.h"), ("common/storage/", "tests/")),  # tests make its disk fail
    (re.compile(r"doctest(/.*|\.h)"), ("tests/",)),
)

# Where a raw `new` is right: path and the text that follows `new`.
RAW_NEW_ALLOWED: tuple[tuple[str, str], ...] = (
    # The library's interface takes ownership of a bare pointer.
    ("evaluation/bare_http_server.cpp", "httplib::ThreadPool"),
)

# Test folders that run real processes, or time of their own.
NO_UNIT_TESTS = ("tests/system/", "tests/browser/", "tests/simulation/")

STANDARD_HEADERS = set("""
    algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono
    cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine
    csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque
    exception execution filesystem format forward_list fstream functional future initializer_list
    iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource
    mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator
    semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf
    string string_view strstream syncstream system_error thread tuple type_traits typeindex typeinfo
    unordered_map unordered_set utility valarray variant vector version
""".split())


@dataclass(frozen=True)
class Offence:
    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


Rule = Callable[[str, str], Iterator[Offence]]

_NOT_CODE = re.compile(
    r"""//[^\n]*|/\*.*?\*/"""                         # comments
    r'''|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'''  # raw strings
    r'''|"(?:\\.|[^"\\\n])*"'''                       # strings
    r"""|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",      # characters, not digit separators
    re.DOTALL)


def code_of(text: str) -> str:
    """The text with comments, strings and characters blanked; every line keeps its number."""
    return _NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def is_cpp(path: str) -> bool:
    return Path(path).suffix in CPP_SUFFIXES


_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]*)[>"]', re.MULTILINE)


def includes_of(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, bracket and name of each include outside comments."""
    without_comments = re.sub(r"//[^\n]*|/\*.*?\*/",
                              lambda found: re.sub(r"[^\n]", " ", found.group()), text,
                              flags=re.DOTALL)
    for found in _INCLUDE.finditer(without_comments):
        yield line_of(text, found.start()), found.group(1), found.group(2)


def is_consensus_core(path: str) -> bool:
    parts = Path(path).parts
    if parts[0] != "consensus" or len(parts) < 3:
        return False
    words = set(Path(path).stem.split("_"))
    return "driver" not in parts[2:-1] and not words & DRIVER_WORDS


def allowed_folders(path: str) -> tuple[str, ...]:
    """The folders of ours that a file may include from."""
    parts = Path(path).parts
    own = "/".join(parts[:2]) + "/"
    if parts[0] == "common":
        return ("common/",)
    if parts[0] == "services":
        if parts[1] == "runner":
            return ("common/", "services/", "frontend/", "consensus/")
        return ("common/", own)
    if path == "evaluation/book_benchmark.cpp":
        return ("common/", "services/auction/")
    if parts[0] in ("frontend", "evaluation"):
        return ("common/", parts[0] + "/")
    if parts[0] == "consensus":
        return (own,) if is_consensus_core(path) else ("common/", own)
    if parts[:2] == ("tests", "support"):
        return ("common/", "tests/support/")
    return tuple(folder + "/" for folder in OUR_FOLDERS)


def include_law(path: str, text: str) -> Iterator[Offence]:
    if not is_cpp(path) or Path(path).parts[0] not in OUR_FOLDERS:
        return
    allowed = allowed_folders(path)
    for line, bracket, name in includes_of(text):
        ours = name.split("/")[0] in OUR_FOLDERS
        if bracket == '"' and not ours:
            yield Offence(path, line, f'"{name}": our files are named from the root, others in <>')
        elif bracket == "<" and ours:
            yield Offence(path, line, f"<{name}>: our own files stand in quotes")
        elif ours and (".." in name.split("/") or not name.startswith(allowed)):
            yield Offence(path, line, f"{path} must not include {name}")
        elif not ours and is_consensus_core(path) and name not in STANDARD_HEADERS:
            yield Offence(path, line, f"a consensus core includes the standard library, not {name}")


def library_homes(path: str, text: str) -> Iterator[Offence]:
    if not is_cpp(path):
        return
    for line, _, name in includes_of(text):
        for pattern, homes in LIBRARY_HOMES:
            if pattern.fullmatch(name) and not path.startswith(homes):
                yield Offence(path, line, f"{name} is included in {' and '.join(homes)} alone")


def line_length(path: str, text: str) -> Iterator[Offence]:
    if not is_cpp(path):
        return
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE_CHARACTERS:
            yield Offence(path, number, f"{len(line)} characters, at most {MAX_LINE_CHARACTERS}")


def pragma_once(path: str, text: str) -> Iterator[Offence]:
    if path.endswith(".h") and not re.search(r"^#pragma once$", code_of(text), re.MULTILINE):
        yield Offence(path, 1, "a header has #pragma once")


def _matches(path: str, text: str, pattern: str, reason: str) -> Iterator[Offence]:
    code = code_of(text)
    for found in re.finditer(pattern, code):
        yield Offence(path, line_of(code, found.start()), reason)


def no_detach(path: str, text: str) -> Iterator[Offence]:
    if is_cpp(path):
        yield from _matches(path, text, r"\bdetach\s*\(", "a thread has an owner that joins it")


def no_raw_new(path: str, text: str) -> Iterator[Offence]:
    if not is_cpp(path):
        return
    code = code_of(text)
    # `#include <new>` and `operator new` are no allocations.
    for found in re.finditer(r"(?<!operator )(?<!<)\bnew\b\s*(?=[\w:(<])", code):
        rest = code[found.end():].split("\n")[0]
        if not any(path == where and rest.startswith(what) for where, what in RAW_NEW_ALLOWED):
            yield Offence(path, line_of(code, found.start()), "make_unique or make_shared, not new")


def no_sleep_in_unit_tests(path: str, text: str) -> Iterator[Offence]:
    if is_cpp(path) and path.startswith("tests/") and not path.startswith(NO_UNIT_TESTS):
        yield from _matches(path, text, r"\b(sleep|usleep|nanosleep|sleep_for|sleep_until)\s*\(",
                            "a unit test waits for no time")


_UNFINISHED = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME)\\b")  # split: this file is checked too


def nothing_unfinished(path: str, text: str) -> Iterator[Offence]:
    for found in _UNFINISHED.finditer(text):
        yield Offence(path, line_of(text, found.start()), f"{found.group()}: do it, or say why not")


def no_trailing_space(path: str, text: str) -> Iterator[Offence]:
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield Offence(path, number, "white space at the end of the line")


def one_newline_at_the_end(path: str, text: str) -> Iterator[Offence]:
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield Offence(path, text.count("\n") + (not text.endswith("\n")),
                      "a file ends in one newline")


def files_of(root: Path) -> Iterator[tuple[str, str]]:
    """Path from the root and text of each file that the rules speak about."""
    def walk(folder: Path) -> Iterator[Path]:
        for entry in sorted(folder.iterdir()):
            if entry.is_symlink():
                continue
            if entry.is_dir():
                if entry.name not in SKIPPED_FOLDERS and not entry.name.startswith("."):
                    yield from walk(entry)
            elif entry.suffix in TEXT_SUFFIXES or entry.name in TEXT_NAMES:
                yield entry

    for file in walk(root):
        # Not universal newlines: a carriage return is white space at the end of a line.
        yield file.relative_to(root).as_posix(), file.read_bytes().decode("utf-8")


def project_root() -> Path:
    return Path(__file__).resolve().parent.parent


class TheTree(unittest.TestCase):
    """The rules, applied to every file."""

    root = project_root()
    files: list[tuple[str, str]] = []

    @classmethod
    def setUpClass(cls) -> None:
        cls.files = list(files_of(cls.root))

    def report(self, offences: list[str]) -> None:
        if offences:
            self.fail("\n" + "\n".join(offences))

    def obeys(self, rule: Rule) -> None:
        offences = [str(offence) for path, text in self.files for offence in rule(path, text)]
        self.report(offences)

    def test_the_tree_is_there(self) -> None:
        paths = {path for path, _ in self.files}
        self.assertIn("common/limits.h", paths)
        self.assertIn("tests/main.cpp", paths)

    def test_every_include_of_ours_exists(self) -> None:
        paths = {path for path, _ in self.files}
        offences = [f"{path}:{line}: there is no {name}"
                    for path, text in self.files if is_cpp(path)
                    for line, bracket, name in includes_of(text)
                    if bracket == '"' and name.split("/")[0] in OUR_FOLDERS and name not in paths]
        self.report(offences)

    def test_include_law(self) -> None:
        self.obeys(include_law)

    def test_libraries_stay_in_their_homes(self) -> None:
        self.obeys(library_homes)

    def test_lines_are_short(self) -> None:
        self.obeys(line_length)

    def test_headers_are_included_once(self) -> None:
        self.obeys(pragma_once)

    def test_no_thread_is_detached(self) -> None:
        self.obeys(no_detach)

    def test_no_raw_new(self) -> None:
        self.obeys(no_raw_new)

    def test_unit_tests_do_not_sleep(self) -> None:
        self.obeys(no_sleep_in_unit_tests)

    def test_nothing_is_left_unfinished(self) -> None:
        self.obeys(nothing_unfinished)

    def test_no_white_space_at_the_end_of_a_line(self) -> None:
        self.obeys(no_trailing_space)

    def test_files_end_in_one_newline(self) -> None:
        self.obeys(one_newline_at_the_end)


class TheRules(unittest.TestCase):
    """A rule that never caught anything proves nothing."""

    def lines(self, rule: Rule, path: str, text: str) -> list[int]:
        return [offence.line for offence in rule(path, text)]

    def test_code_is_what_remains_without_comments_and_strings(self) -> None:
        rows = (
            ("a /* new\nx */ b // new\nc", "a ______\n____ b ______\nc"),
            ('"new \\" new" d', "____________ d"),
            ('R"(new " new)" e', "______________ e"),
            ("'\"' f 1'000'000 g", "___ f 1'000'000 g"),
        )
        for text, expected in rows:
            self.assertEqual(code_of(text), expected.replace("_", " "))

    def test_include_law(self) -> None:
        rows = (
            ("common/a/x.h", '"common/b/y.h"', True),
            ("common/a/x.h", '"services/auction/y.h"', False),
            ("common/a/x.h", '"frontend/y.h"', False),
            ("common/a/x.h", '"tests/support/y.h"', False),
            ("services/auction/x.h", '"common/b/y.h"', True),
            ("services/auction/x.h", '"services/auction/y.h"', True),
            ("services/auction/x.h", '"services/history/y.h"', False),
            ("services/auction/x.h", '"services/auction_two/y.h"', False),
            ("services/auction/x.h", '"services/auction/../history/y.h"', False),
            ("services/auction/x.h", '"frontend/y.h"', False),
            ("services/auction/x.h", '"consensus/raft/y.h"', False),
            ("services/runner/x.cpp", '"services/history/y.h"', True),
            ("services/runner/x.cpp", '"consensus/raft/y.h"', True),
            ("services/runner/x.cpp", '"frontend/y.h"', True),
            ("services/runner/x.cpp", '"tests/support/y.h"', False),
            ("frontend/x.h", '"frontend/y.h"', True),
            ("frontend/x.h", '"services/gateway/y.h"', False),
            ("evaluation/client/x.h", '"evaluation/load_generator/y.h"', True),
            ("evaluation/client/x.h", '"common/http/y.h"', True),
            ("evaluation/client/x.h", '"services/gateway/y.h"', False),
            ("evaluation/book_benchmark.cpp", '"services/auction/y.h"', True),
            ("evaluation/book_benchmark.cpp", '"services/gateway/y.h"', False),
            ("services/gateway/x.h", '"evaluation/client/y.h"', False),
            ("consensus/raft/core.h", '"consensus/raft/y.h"', True),
            ("consensus/raft/core.h", '"consensus/two_phase_commit/y.h"', False),
            ("consensus/raft/core.h", '"common/limits.h"', False),
            ("consensus/raft/core.h", "<vector>", True),
            ("consensus/raft/core.h", "<sys/socket.h>", False),
            ("consensus/raft/core.h", "<nlohmann/json.hpp>", False),
            ("consensus/raft/raft_driver.h", '"common/limits.h"', True),
            ("consensus/raft/driver/loop.h", '"common/limits.h"', True),
            ("consensus/raft/raft_driver.h", '"services/auction/y.h"', False),
            ("tests/support/x.h", '"common/a/y.h"', True),
            ("tests/support/x.h", '"services/auction/y.h"', False),
            ("tests/auction/x.cpp", '"services/auction/y.h"', True),
            ("common/a/x.h", '"y.h"', False),
            ("common/a/x.h", '"../b/y.h"', False),
            ("common/a/x.h", "<common/b/y.h>", False),
            ("common/a/x.h", "<nlohmann/json.hpp>", True),
        )
        for path, name, allowed in rows:
            with self.subTest(path=path, include=name):
                expected = [] if allowed else [2]
                self.assertEqual(self.lines(include_law, path, f"\n#include {name}\n"), expected)
                self.assertEqual(self.lines(include_law, path, f"// #include {name}\n"), [])

    def test_library_homes(self) -> None:
        rows = (
            ("common/http/x.cpp", "<httplib.h>", True),
            ("common/storage/x.cpp", "<httplib.h>", False),
            ("services/gateway/x.cpp", "<httplib.h>", False),
            ("common/logging/x.h", "<spdlog/logger.h>", True),
            ("services/gateway/x.cpp", "<spdlog/spdlog.h>", False),
            ("common/storage/x.cpp", "<sqlite3.h>", True),
            ("services/history/x.cpp", "<sqlite3.h>", False),
            ("tests/history/x.h", "<sqlite3.h>", True),
            ("common/http/x.cpp", "<doctest/doctest.h>", False),
            ("services/history/x.cpp", '"common/storage/sqlite.h"', True),
        )
        for path, name, allowed in rows:
            with self.subTest(path=path, include=name):
                expected = [] if allowed else [1]
                self.assertEqual(self.lines(library_homes, path, f"#include {name}\n"), expected)

    def test_line_length_counts_characters(self) -> None:
        self.assertEqual(self.lines(line_length, "x.h", "x" * 100 + "\n" + "x" * 101 + "\n"), [2])
        self.assertEqual(self.lines(line_length, "x.h", "\u2026" * 100 + "\n"), [])
        self.assertEqual(self.lines(line_length, "x.md", "x" * 101), [])

    def test_pragma_once(self) -> None:
        self.assertEqual(self.lines(pragma_once, "x.h", "#pragma once\n"), [])
        self.assertEqual(self.lines(pragma_once, "x.h", "// #pragma once\n"), [1])
        self.assertEqual(self.lines(pragma_once, "x.cpp", ""), [])

    def test_no_detach(self) -> None:
        self.assertEqual(self.lines(no_detach, "x.cpp", "\nthread.detach();"), [2])
        self.assertEqual(self.lines(no_detach, "x.cpp", "// detach()\nchunk_detacher();"), [])

    def test_no_raw_new(self) -> None:
        for bad in ("auto* a = new int;", "new Thing(1)", "new (place) Thing", "f(new ::T)"):
            self.assertEqual(self.lines(no_raw_new, "x.cpp", bad), [1], bad)
        for good in ("// a new one", '"a new one"', "#include <new>", "int new_one;", "renew x",
                     "void* operator new(size_t);"):
            self.assertEqual(self.lines(no_raw_new, "x.cpp", good), [], good)

    def test_no_sleep(self) -> None:
        bad = "std::this_thread::sleep_for(1s);"
        self.assertEqual(self.lines(no_sleep_in_unit_tests, "tests/common/x.cpp", bad), [1])
        self.assertEqual(self.lines(no_sleep_in_unit_tests, "tests/x.cpp", "sleep (1);"), [1])
        self.assertEqual(self.lines(no_sleep_in_unit_tests, "tests/system/x.cpp", bad), [])
        self.assertEqual(self.lines(no_sleep_in_unit_tests, "tests/x.cpp", "// sleep(1)"), [])

    def test_text_rules(self) -> None:
        self.assertEqual(self.lines(nothing_unfinished, "x.md", "a\n" + "TO" + "DO: b"), [2])
        self.assertEqual(self.lines(nothing_unfinished, "x.md", "mastodon"), [])
        self.assertEqual(self.lines(no_trailing_space, "x.md", "a\nb \nc\t\nd\r\n"), [2, 3, 4])
        self.assertEqual(self.lines(one_newline_at_the_end, "x.md", "a\nb"), [2])
        self.assertEqual(self.lines(one_newline_at_the_end, "x.md", "a\n\n"), [2])
        self.assertEqual(self.lines(one_newline_at_the_end, "x.md", "a\n"), [])
        self.assertEqual(self.lines(one_newline_at_the_end, "x.md", ""), [])


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        TheTree.root = Path(sys.argv.pop(1)).resolve()
    unittest.main()
