#!/usr/bin/env python3
"""Times dockopt-dive against dive, `cat` and a bare decoder on the same files, and prints ratios.

usage: benches/compare/run.py [--runs N] [--dive PATH] [--against PROGRAM] [--no-growth] [--engine IMAGE]...
                              [--registry HOST:PORT/NAME:TAG]... ARCHIVE...

--against compares with another build of dockopt-dive, such as the last release.

--engine compares with `docker save IMAGE | cat` (and dive) on the Docker that DOCKER_HOST names.
--registry compares with a minimal client that downloads and decodes the same blobs from a registry
on this machine, once with and once without digests.

Every command runs once unmeasured, so that the page cache is warm. Then the commands take turns, N
times (default 5), and the medians of wall clock and processor time are compared. dive is skipped if
it is not found. Growth is measured on synthetic images of up to 1,000,000 entries, created in a
temporary folder.

Peaks below some 16 MB cannot be measured: Python itself needs that much when it starts a command.
Needs only Python 3.9.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MB = 1e6


def build():
    subprocess.run(["cargo", "build", "-q", "--release", "--bins", "--examples"], cwd=ROOT, check=True)
    release = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release")
    return os.path.join(release, "dockopt-dive"), os.path.join(release, "examples")


def once(command):
    """Runs a command; returns (wall seconds, processor seconds, peak resident bytes)."""
    with open(os.devnull, "wb") as null:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=null, stderr=null, stdin=null, env={**os.environ, "CI": "false"})
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        sys.exit(f"{command} ended with {child.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def measure(commands, runs):
    """Returns medians of each named command; they take turns, so that noise affects all of them."""
    results = {name: [] for name in commands}
    for command in commands.values():
        once(command)
    for _ in range(runs):
        for name, command in commands.items():
            results[name].append(once(command))
    return {name: tuple(statistics.median(column) for column in zip(*rows)) for name, rows in results.items()}


def entries(program, path):
    report = json.loads(subprocess.run([program, "-q", "-o", "json", path], capture_output=True, check=True).stdout)
    return sum(layer["entries"] for layer in report["layers"])


def compare(program, examples, dive, against, path, runs):
    count = entries(program, path)
    print(f"\n{os.path.basename(path)}: {os.path.getsize(path) / MB:.0f} MB, {count:,} entries")
    commands = {
        "dockopt-dive": [program, "-q", "-o", "json", path],
        "one thread": [program, "-q", "--threads", "1", "-o", "json", path],
        "cat": ["cat", path],
        "bare decoder": [os.path.join(examples, "bare-decode"), path],
    }
    if against:
        commands["other build"] = [against, "-q", "-o", "json", path]
        commands["other, one thread"] = [against, "-q", "--threads", "1", "-o", "json", path]
        commands["verify"] = [program, "-q", "--verify", "-o", "json", path]
        commands["other, verify"] = [against, "-q", "--verify", "-o", "json", path]
    if dive:
        commands["dive"] = [dive, "--source", "docker-archive", path, "--json", "/dev/null"]
    results = measure(commands, runs)
    ours = results["dockopt-dive"]
    for name, result in results.items():
        wall, cpu, memory = result
        print(f"  {name:17} wall {wall:8.3f} s  cpu {cpu:8.3f} s  peak {memory / MB:8.1f} MB"
              f"   wall {wall / ours[0]:7.2f} x  cpu {cpu / ours[1]:7.2f} x ours")
    print(f"  memory: {(ours[2] - 40 * MB) / count:.0f} bytes an entry beyond 40 MB (the limit is 120)")


def show(results):
    ours = results["dockopt-dive"]
    for name, (wall, cpu, memory) in results.items():
        print(f"  {name:18} wall {wall:8.3f} s  cpu {cpu:8.3f} s  peak {memory / MB:8.1f} MB   dockopt-dive takes {ours[0] / wall:6.3f} x")


def engine(program, dive, against, image, runs):
    print(f"\ndocker://{image}")
    with tempfile.TemporaryDirectory() as cache:
        once(["env", f"XDG_CACHE_HOME={cache}", program, "-q", "-o", "json", f"docker://{image}"])
        commands = {
            "dockopt-dive": [program, "-q", "--no-cache", "-o", "json", f"docker://{image}"],
            "save | cat": ["sh", "-c", 'docker save "$1" | cat >/dev/null', "sh", image],
            "known from cache": ["env", f"XDG_CACHE_HOME={cache}", program, "-q", "-o", "json", f"docker://{image}"],
        }
        if dive:
            commands["dive"] = [dive, f"docker://{image}", "--json", "/dev/null"]
        if against:
            commands["other build"] = [against, "-q", "--no-cache", "-o", "json", f"docker://{image}"]
        show(measure(commands, runs))


def registry(program, examples, against, image, runs):
    print(f"\nregistry://{image}")
    with tempfile.TemporaryDirectory() as cache:
        ours = [program, "-q", "-o", "json", f"registry://{image}"]
        once(["env", f"XDG_CACHE_HOME={cache}", *ours])
        bare = os.path.join(examples, "bare-pull")
        commands = {
            "dockopt-dive": [program, "-q", "--no-cache", "-o", "json", f"registry://{image}"],
            "bare client": [bare, "--verify", image],
            "without digests": [bare, image],
            "known from cache": ["env", f"XDG_CACHE_HOME={cache}", *ours],
        }
        if against:
            commands["other build"] = [against, "-q", "--no-cache", "-o", "json", f"registry://{image}"]
        show(measure(commands, runs))


def growth(program, examples, runs):
    print("\ngrowth: synthetic images of 100 layers (one entry's processor time should stay the same)")
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "synthetic.tar")
    try:
        for count, rewrites, whiteouts in [
            (10_000, 100, 0), (100_000, 100, 0), (100_000, 100, 250), (1_000_000, 100, 0), (1_000_000, 100, 20),
        ]:
            make = [os.path.join(examples, "synthetic"), "100", str(count), str(rewrites), str(whiteouts), path]
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
            wall, cpu, memory = measure({"": [program, "-q", "-o", "json", path]}, runs)[""]
            print(f"  {count:9,} entries, {whiteouts / 10:4.1f} % whiteouts: wall {wall:6.3f} s  cpu {cpu:6.3f} s"
                  f"  {cpu / count * 1e6:5.2f} us an entry  peak {memory / MB:6.1f} MB")
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archives", nargs="*")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--dive", default=os.environ.get("DOCKOPT_TEST_DIVE") or shutil.which("dive"))
    parser.add_argument("--against", help="another build of dockopt-dive")
    parser.add_argument("--no-growth", action="store_true")
    parser.add_argument("--engine", action="append", default=[])
    parser.add_argument("--registry", action="append", default=[])
    arguments = parser.parse_args()
    program, examples = build()
    for path in arguments.archives:
        docker = path.endswith(".tar") and ".oci" not in path
        compare(program, examples, arguments.dive if docker else None, arguments.against, path, arguments.runs)
    for image in arguments.engine:
        engine(program, arguments.dive, arguments.against, image, arguments.runs)
    for image in arguments.registry:
        registry(program, examples, arguments.against, image, arguments.runs)
    if not arguments.no_growth:
        growth(program, examples, arguments.runs)


if __name__ == "__main__":
    main()
