#!/usr/bin/env python3
"""Judges a log in parts on Dask and adds them up: the report of one process, within the noise of models that see their own part.

    pip install "dask[distributed]>=2024.1"
    Simulations/distributed/dask_parts.py .build/release/bandit-router log.jsonl.gz --parts 8 -- --policy logged --policy uniform

`--scheduler tcp://HOST:8786` uses a running cluster; without it a local one is started. The binary and the log must be on every worker
at the same paths; with several LOGs, each holds the rows of one part alone. What follows `--` is handed to `evaluate`.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

from dask.distributed import Client, LocalCluster, as_completed


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
    parser.add_argument("--scheduler")
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
    cluster = options.scheduler or LocalCluster(threads_per_worker=1, dashboard_address=None)
    with Client(cluster) as client:
        futures = [client.submit(judge, options.binary, *work, pure=False) for work in options.work]
        parts = []
        for future in as_completed(futures):
            parts.append(future.result())
            print(f"{len(parts)}/{options.parts} parts done", file=sys.stderr, flush=True)
        code = merge(options, parts)
    if not options.scheduler:
        cluster.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
