#!/usr/bin/env python3
"""Times the browser from outside, in a terminal of 160x45, and dive for comparison.

usage: benches/compare/browser.py [--runs N] [--program PATH] [--dive PATH] [--look PATH]... [--synthetic FILE] [--check] ARCHIVE...

Measures for each archive, as medians of N runs (default 5):

* the time to the first frame and to the first usable screen (with layers and tree)
* for each key, the time to the end of the next frame and to the last frame that the key causes
  (followed by 150 ms without output), and the processor time of all threads in between, which is
  more reliable than the clock on a busy machine
* with --look, the time to the last frame of the first look into a file, each in a new browser
* the peak of resident memory, compared with that of a run without a browser

Frames of dockopt-dive end with `ESC [ ? 2026 l`. dive does not mark frames, so its first and last
output after a key are used instead.

Without --synthetic an image of 100 layers and 1,000,000 entries is created; `--synthetic none`
skips it. With --check the exit code is 1 if a limit is exceeded. Needs only Linux and Python 3.9.
"""

import argparse
import codecs
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MB = 1e6
COLUMNS, ROWS = 160, 45
QUIET = 0.15
END_OF_FRAME = b"\x1b[?2026l"
PLAIN, RECOMPUTED, LOOK = 16, 100, 50
MEMORY = 1.5
SEEK_POINTS = 16 * MB
FIRST_FRAME = 50

DOWN, UP, PAGE_DOWN, TAB, ESCAPE, CTRL_SPACE = b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\t", b"\x1b", b"\x00"
BACKSPACE = b"\x7f"
KEY = re.compile(rb"\x1b\[[0-9]*[~A-Z]|.", re.DOTALL)


def ctrl(letter):
    return bytes([ord(letter) & 31])


class Screen:
    """The text on a terminal, precise enough to find words."""

    SEQUENCE = re.compile(
        r"\x1b\[([0-9;?>=]*)[ !]?([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-Za-z]|\x1b[^\[\]()]|[\x00-\x1a\x1c-\x1f]"
    )

    def __init__(self):
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""
        self.clear()

    def clear(self):
        self.cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        at = 0
        while at < len(text):
            found = self.SEQUENCE.search(text, at)
            plain = found.start() if found else text.find("\x1b", at)
            plain = len(text) if plain < 0 else plain
            self.put(text[at:plain])
            if not found:
                at = plain
                break
            self.control(found)
            at = found.end()
        self.rest = text[at:]

    def put(self, text):
        for letter in text:
            if self.row < ROWS and self.column < COLUMNS:
                self.cells[self.row][self.column] = letter
            self.column += 1

    def control(self, found):
        parameters, final = found.group(1), found.group(2)
        if final is None:
            if found.group() == "\r":
                self.column = 0
            elif found.group() == "\n":
                self.row += 1
            return
        numbers = [int(number) if number.isdigit() else 0 for number in (parameters or "").split(";")]
        first = max(numbers[0], 1)
        if final in "Hf":
            self.row, self.column = first - 1, max(numbers[1] if len(numbers) > 1 else 1, 1) - 1
        elif final in "ABCD":
            self.row += {"A": -first, "B": first}.get(final, 0)
            self.column += {"C": first, "D": -first}.get(final, 0)
        elif final == "G":
            self.column = first - 1
        elif final == "d":
            self.row = first - 1
        elif final == "J" and numbers[0] >= 2:
            self.cells = [[" "] * COLUMNS for _ in range(ROWS)]
        elif final == "K" and self.row < ROWS:
            self.cells[self.row][self.column:] = [" "] * max(COLUMNS - self.column, 0)

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.cells)


class Browser:
    """A program in a terminal."""

    def __init__(self, command, marks_frames):
        self.marks_frames = marks_frames
        self.screen = Screen()
        self.tail = b""
        self.started = time.monotonic()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "COLORTERM")}
            os.execvpe(command[0], command, {**environment, "TERM": "xterm-256color"})

    def read(self, limit):
        """Returns the next piece of output and its time; empty output after `limit` seconds."""
        ready, _, _ = select.select([self.terminal], [], [], max(limit, 0))
        if not ready:
            return b"", time.monotonic()
        try:
            data = os.read(self.terminal, 1 << 16)
        except OSError:
            data = b""
        if not data:
            sys.exit(f"the program ended:\n{self.screen.text().strip()}")
        return data, time.monotonic()

    def ends_frame(self, data):
        found = END_OF_FRAME in self.tail + data if self.marks_frames else True
        self.tail = (self.tail + data)[-len(END_OF_FRAME) + 1:]
        return found

    def open(self, words, limit):
        """Returns the seconds to the first frame and to a screen with all words, None if too slow."""
        first = None
        while time.monotonic() - self.started < limit:
            data, now = self.read(0.5)
            self.screen.feed(data)
            if not data or not self.ends_frame(data):
                continue
            first = first or now - self.started
            if all(re.search(word, self.screen.text()) for word in words):
                usable = now - self.started
                self.settle()
                return first, usable
        return first, None

    def settle(self, quiet=2 * QUIET):
        while True:
            data, _ = self.read(quiet)
            if not data:
                return
            self.screen.feed(data)
            self.ends_frame(data)

    def press(self, keys, quiet=QUIET):
        """Returns the milliseconds to the next and the last frame, and of processor time.

        None if nothing is drawn. The last frame is the one that no output follows for `quiet` seconds.
        """
        busy = self.busy()
        start = time.monotonic()
        os.write(self.terminal, keys)
        pieces, first, last = [], None, None
        limit = 5.0
        while True:
            data, now = self.read(limit)
            if not data:
                break
            pieces.append(data)
            if self.ends_frame(data):
                first, last, limit = first or now, now, quiet
        busy = self.busy() - busy
        for piece in pieces:
            self.screen.feed(piece)
        if first is None:
            return None
        return (first - start) * 1e3, (last - start) * 1e3, busy * 1e3

    def type(self, keys):
        """Presses keys without measuring, and waits for the last frame; dive gets one key at a time."""
        for key in [keys] if self.marks_frames else KEY.findall(keys):
            os.write(self.terminal, key)
            self.settle(0.4 if self.marks_frames else 3.0)

    def busy(self):
        """Returns the seconds of processor time of all threads."""
        total = 0
        folder = f"/proc/{self.pid}/task"
        for thread in os.listdir(folder):
            try:
                with open(f"{folder}/{thread}/schedstat") as file:
                    total += int(file.read().split()[0])
            except OSError:
                pass
        return total / 1e9

    def peak(self):
        """Returns the peak of resident memory in bytes."""
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


# The measurements: name, keys before, the key, keys after, and the limit in milliseconds. The keys
# before and after are pressed for each run. Lines without a key prepare the lines after them.
OURS = [
    ("all changes up to the last layer", b"1Ga2", None, b"", 0),
    ("down", b"", DOWN, b"", PLAIN),
    ("page down", b"", PAGE_DOWN, b"", PLAIN),
    ("unfold all", b"2-", b"*", b"", RECOMPUTED),
    ("down, all unfolded", b"", DOWN, b"", PLAIN),
    ("page down, all unfolded", b"", PAGE_DOWN, b"", PLAIN),
    ("sort by size, all unfolded", b"", ctrl("o"), ctrl("o"), RECOMPUTED),
    ("ghosts, all unfolded", b"", b"g", b"", RECOMPUTED),
    ("fold all", b"2*", b"-", b"", RECOMPUTED),
    ("ghosts, all folded", b"", b"g", b"", RECOMPUTED),
    ("filter, first letter", b"f", b"1", BACKSPACE + b"\x1b", RECOMPUTED),
    ("filter, second letter", b"f1", b"2", BACKSPACE * 2 + b"\x1b", RECOMPUTED),
    ("find, first letter", b"/", b"1", BACKSPACE + b"\x1b", RECOMPUTED),
    ("find, second letter", b"/1", b"2", BACKSPACE * 2 + b"\x1b", RECOMPUTED),
    ("change layer, all up to it", b"1", UP, b"", RECOMPUTED),
    ("change mode to the layer", b"1a", b"L", b"", RECOMPUTED),
    ("change mode to all up to it", b"1L", b"a", b"", RECOMPUTED),
    ("change layer, only it", b"1L", UP, b"", RECOMPUTED),
    ("waste list", b"", b"w", b"w", RECOMPUTED),
]
DIVES = [
    ("the last layer", PAGE_DOWN * 3, None, b"", 0),
    ("change layer, only it", b"", UP, b"", 0),
    ("change mode to all up to it", ctrl("l"), ctrl("a"), b"", 0),
    ("change mode to the layer", ctrl("a"), ctrl("l"), b"", 0),
    ("the last layer, all up to it", PAGE_DOWN * 3 + ctrl("a"), None, b"", 0),
    ("change layer, all up to it", b"", UP, b"", 0),
    ("the tree", TAB, None, b"", 0),
    ("down", b"", DOWN, b"", 0),
    ("page down", b"", PAGE_DOWN, b"", 0),
    ("fold all", b"", CTRL_SPACE, CTRL_SPACE, 0),
    ("unfold all", CTRL_SPACE, CTRL_SPACE, b"", 0),
    ("sort by size, all unfolded", b"", ctrl("o"), ctrl("o"), 0),
    ("filter, first letter", ctrl("f"), b"1", BACKSPACE + ctrl("f"), 0),
]


class Verdict:
    """The exceeded limits."""

    def __init__(self):
        self.missed = []

    def of(self, name, value, limit, unit="ms"):
        if not limit:
            return ""
        if value > limit:
            self.missed.append(name)
        return f"  (limit {limit} {unit}{', MISSED' if value > limit else ''})"


def tour(browser, steps, runs, verdict, title):
    for name, before, key, after, limit in steps:
        if key is None:
            browser.type(before)
            continue
        rows = []
        for _ in range(runs):
            if before:
                browser.type(before)
            rows.append(browser.press(key))
            if after:
                browser.type(after)
        rows = [row for row in rows if row]
        if not rows:
            print(f"    {name:32} no frame")
            continue
        first, last, busy = (statistics.median(column) for column in zip(*rows))
        judged = verdict.of(f"{title}: {name}", last, limit)
        print(f"    {name:32} next frame {first:8.1f} ms  last {last:8.1f} ms  processor {busy:8.1f} ms{judged}", flush=True)


def opened(command, words, marks_frames, arguments):
    """Returns a usable browser, and median seconds to the first frame and to the usable screen."""
    times = []
    for number in range(arguments.runs):
        browser = Browser(command, marks_frames)
        first, usable = browser.open(words, arguments.patience)
        if usable is None:
            browser.close()
            return None, first, usable
        times.append((first, usable))
        if number + 1 < arguments.runs:
            browser.close()
    return browser, *(statistics.median(column) for column in zip(*times))


def first_look(program, path, file, words, arguments, verdict):
    """Times the first look into a file, each time in a new browser."""
    rows = []
    for _ in range(arguments.runs):
        browser = Browser([program, path], True)
        browser.open(words, arguments.patience)
        browser.type(b"/" + file.encode())
        browser.type(b"\r")
        rows.append(browser.press(b"\r", quiet=5.0))
        if arguments.show:
            print(browser.screen.text())
        browser.close()
    first, last, busy = (statistics.median(column) for column in zip(*rows))
    judged = verdict.of(f"first look into {file}", last, LOOK)
    print(f"    first look into {file}: next frame {first:.1f} ms  last {last:.1f} ms  processor {busy:.1f} ms{judged}", flush=True)


def headless_peak(program, path):
    """Returns the peak of resident memory, in bytes, of a run without a browser."""
    with open(os.devnull, "wb") as null:
        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        child = subprocess.Popen([program, "-q", "-o", "json", path], stdout=null, stderr=null, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024


def measure_ours(program, path, arguments, verdict):
    title = os.path.basename(path)
    words = [r"Layers", r"efficiency +[0-9.]+ %", r"(?m)│.*[-d][r-][w-][x-].* (?:▾|▸|├|└|\S)"]
    browser, first, usable = opened([program, path], words, True, arguments)
    first_frame = verdict.of(f"{title}: first frame", first * 1e3, FIRST_FRAME)
    print(f"  dockopt-dive: first frame {first * 1e3:.0f} ms{first_frame}", end="")
    if browser is None:
        print(f", not usable after {arguments.patience:.0f} s")
        verdict.missed.append(f"{title}: usable")
        return
    print(f", usable after {usable * 1e3:.0f} ms", flush=True)
    loaded = browser.peak()
    tour(browser, OURS, arguments.runs, verdict, title)
    if arguments.show:
        print(browser.screen.text())
    peak, bare = browser.peak(), headless_peak(program, path)
    # Points to resume decompression from take a few megabytes, whatever the image needs.
    judged = verdict.of(f"{title}: memory", (peak - SEEK_POINTS) / bare, MEMORY, "x beyond 16 MB")
    print(f"    peak memory {loaded / MB:.0f} MB when loaded, {peak / MB:.0f} MB after all keys;"
          f" headless {bare / MB:.0f} MB: {peak / bare:.2f} x{judged}", flush=True)
    browser.close()
    for file in arguments.look:
        first_look(program, path, file, words, arguments, verdict)


def measure_dive(dive, path, arguments):
    command = [dive, "--source", "docker-archive", path]
    browser, first, usable = opened(command, [r"Layers", r"Filetree"], False, arguments)
    if browser is None:
        print(f"  dive: not usable after {arguments.patience:.0f} s")
        return
    print(f"  dive: first output {first * 1e3:.0f} ms, usable after {usable * 1e3:.0f} ms", flush=True)
    tour(browser, DIVES, arguments.runs, Verdict(), "dive")
    print(f"    peak memory {browser.peak() / MB:.0f} MB", flush=True)
    if arguments.show:
        print(browser.screen.text())
    browser.close()


def measure(path, arguments, verdict):
    print(f"\n{os.path.basename(path)}: {os.path.getsize(path) / MB:.0f} MB, {COLUMNS} x {ROWS}", flush=True)
    measure_ours(arguments.program, path, arguments, verdict)
    if arguments.dive:
        measure_dive(arguments.dive, path, arguments)


def build():
    subprocess.run(["cargo", "build", "-q", "--release", "--bins", "--examples"], cwd=ROOT, check=True)
    return os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archives", nargs="*")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--program", help="the program; default: build it")
    parser.add_argument("--dive", default=os.environ.get("DOCKOPT_TEST_DIVE") or shutil.which("dive"))
    parser.add_argument("--look", action="append", default=[], metavar="PATH", help="a file of the image")
    parser.add_argument("--synthetic", metavar="FILE", help="an existing image of 1,000,000 entries, or `none`")
    parser.add_argument("--patience", type=float, default=120, help="seconds to wait for a usable screen")
    parser.add_argument("--show", action="store_true", help="show the last screen of each")
    parser.add_argument("--check", action="store_true", help="fail if a limit is missed")
    arguments = parser.parse_args()
    release = None if arguments.program and arguments.synthetic else build()
    arguments.program = arguments.program or os.path.join(release, "dockopt-dive")
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as folder:
        paths = list(arguments.archives)
        if arguments.synthetic is None:
            arguments.synthetic = os.path.join(folder, "synthetic.tar")
            make = [os.path.join(release, "examples", "synthetic"), "100", "1000000", "100", "20", arguments.synthetic]
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        if arguments.synthetic != "none":
            paths.append(arguments.synthetic)
        for path in paths:
            measure(path, arguments, verdict)
    print("\nlimits missed:" if verdict.missed else "\nno limit missed")
    for name in verdict.missed:
        print(f"  {name}")
    return 1 if arguments.check and verdict.missed else 0


if __name__ == "__main__":
    sys.exit(main())
