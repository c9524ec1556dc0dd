#!/usr/bin/env python3
"""Judges a log in parts on Ray and adds them up: the report of one process, within the noise of models that see their own part.

    pip install "ray[default]>=2.9"
    Simulations/distributed/ray_parts.py .build/release/bandit-router log.jsonl.gz --parts 8 -- --policy logged --policy uniform

Without a cluster Ray starts one on this machine; `ray.init(address="auto")` is tried first. The binary and the log must be on every worker
at the same paths; with several LOGs, each holds the rows of one part alone. What follows `--` is handed to `evaluate`.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import ray


def judge(binary, log, part, flags):
    """The sums of one part, as bytes: nothing but the inputs need be shared."""
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch) / "part.json"
        subprocess.run([binary, "evaluate", log, "--part", part, "--output", str(output), *flags], check=True)
        return part, output.read_bytes()


def arguments():
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("log", nargs="+")
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--format", default="table", choices=["table", "json"])
    options = parser.parse_args(words[:cut])
    flags = words[cut + 1:]
    logs = [str(pathlib.Path(log).resolve()) for log in options.log]
    if len(logs) > 1:
        options.parts, flags = len(logs), ["--separate-logs", *flags]
    options.binary = str(pathlib.Path(options.binary).resolve())
    options.work = [(logs[i % len(logs)], f"{i}/{options.parts}", flags) for i in range(options.parts)]
    return options


def merge(options, parts):
    """Prints the report; its exit code is that of `evaluate`: 1 where a policy is refused or a gate not shown."""
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        for part, content in parts:
            files.append(pathlib.Path(scratch) / f"part-{part.replace('/', '-of-')}.json")
            files[-1].write_bytes(content)
        return subprocess.run([options.binary, "merge", *map(str, files), "--format", options.format]).returncode


def main():
    options = arguments()
    try:
        ray.init(address="auto", logging_level="ERROR")
    except ConnectionError:
        ray.init(logging_level="ERROR")
    remote = ray.remote(num_cpus=1)(judge)
    pending = [remote.remote(options.binary, *work) for work in options.work]
    parts = []
    while pending:
        done, pending = ray.wait(pending)
        parts += ray.get(done)
        print(f"{len(parts)}/{options.parts} parts done", file=sys.stderr, flush=True)
    return merge(options, parts)


if __name__ == "__main__":
    sys.exit(main())
