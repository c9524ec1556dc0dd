#!/usr/bin/env python3
"""Runs the shards of a scenario on a Ray cluster and joins them: the same bytes as one run on one machine.

    pip install "ray[default]>=2.9"
    Simulations/distributed/ray_shards.py .build/release/bandit-router Simulations/quick-start/scenario.yaml --shards 8 --output out

Without a cluster Ray starts one on this machine; `ray.init(address="auto")` is tried first. The binary, the scenario and the
tables it names must be on every node at the same paths (a shared file system, or an image that holds them).
"""
import argparse
import pathlib
import shutil
import subprocess
import tempfile

import ray


@ray.remote(num_cpus=1)
def run_shard(binary, scenario, shard, folder):
    """One share of the replications; its shard.jsonl travels back as bytes, so nothing but the inputs need be shared."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [binary, "simulate", scenario, "--shard", shard, "--threads", "1", "--output", scratch]
        subprocess.run(command, check=True, capture_output=True)
        return folder, (pathlib.Path(scratch) / "shard.jsonl").read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("scenario")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    try:
        ray.init(address="auto", logging_level="ERROR")
    except ConnectionError:
        ray.init(logging_level="ERROR")
    binary, scenario = str(pathlib.Path(options.binary).resolve()), str(pathlib.Path(options.scenario).resolve())
    pending = [
        run_shard.remote(binary, scenario, f"{i}/{options.shards}", f"shard-{i}") for i in range(options.shards)
    ]
    with tempfile.TemporaryDirectory() as scratch:
        folders = []
        while pending:
            done, pending = ray.wait(pending)
            for folder, content in ray.get(done):
                target = pathlib.Path(scratch) / folder
                target.mkdir()
                (target / "shard.jsonl").write_bytes(content)
                folders.append(str(target))
                print(f"{len(folders)}/{options.shards} shards done", flush=True)
        subprocess.run([binary, "merge", *sorted(folders), "--output", options.output, "--format", "table"], check=True)


if __name__ == "__main__":
    main()
