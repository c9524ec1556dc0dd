#!/usr/bin/env python3
"""Runs the shards of a scenario on Dask and joins them: the same bytes as one run on one machine.

    pip install "dask[distributed]>=2024.1"
    Simulations/distributed/dask_shards.py .build/release/bandit-router Simulations/quick-start/scenario.yaml --shards 4 --output out

`--scheduler tcp://HOST:8786` uses a running cluster; without it a local one is started. The binary, the scenario and the tables it
names must be on every worker at the same paths.
"""
import argparse
import pathlib
import subprocess
import tempfile

from dask.distributed import Client, LocalCluster, as_completed


def run_shard(binary, scenario, shard):
    with tempfile.TemporaryDirectory() as scratch:
        command = [binary, "simulate", scenario, "--shard", shard, "--threads", "1", "--output", scratch]
        subprocess.run(command, check=True, capture_output=True)
        return shard, (pathlib.Path(scratch) / "shard.jsonl").read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("scenario")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--scheduler")
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    binary, scenario = str(pathlib.Path(options.binary).resolve()), str(pathlib.Path(options.scenario).resolve())
    cluster = options.scheduler or LocalCluster(threads_per_worker=1, dashboard_address=None)
    with Client(cluster) as client, tempfile.TemporaryDirectory() as scratch:
        shards = [f"{i}/{options.shards}" for i in range(options.shards)]
        futures = client.map(run_shard, [binary] * len(shards), [scenario] * len(shards), shards, pure=False)
        folders = []
        for future in as_completed(futures):
            shard, content = future.result()
            target = pathlib.Path(scratch) / shard.replace("/", "-of-")
            target.mkdir()
            (target / "shard.jsonl").write_bytes(content)
            folders.append(str(target))
            print(f"{len(folders)}/{options.shards} shards done", flush=True)
        subprocess.run([binary, "merge", *sorted(folders), "--output", options.output, "--format", "table"], check=True)
    if not options.scheduler:
        cluster.close()


if __name__ == "__main__":
    main()
