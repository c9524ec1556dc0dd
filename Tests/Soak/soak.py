#!/usr/bin/env python3
"""Minutes of mixed traffic: do memory and open files stay where they are?

    Tests/Soak/soak.py [--minutes 30] [--workers 32] [--rate 600] [--fill 60000] [--seed 1] [--router .build/release/bandit-router]

Whole answers, streams, clients that leave, arms that fail, arms asked for by name, new connections, feedback, reading endpoints.
First `--fill` requests go through as fast as they can: the caches of the log's pages fill (8 MB for its writer, 2 MB for each of two
readers), and so do the allocator's pools. Then every two seconds resident memory and open files are noted. After a quarter of the
time the slope of memory is found by Theil and Sen's estimator (Sen 1968). Exit 1: memory grew by more than `--growth-mb` over the part that was looked at, files
are more than they ever were in its first half, an answer was not what it should be, or requests were left
in flight.
"""

import argparse
import asyncio
import collections
import json
import random
import statistics
import time

import world


class Traffic:
    def __init__(self, router, rate, workers, seed):
        self.router, self.workers = router, workers
        self.pause = workers / rate
        self.seed = seed
        self.counts = collections.Counter()
        self.wrong = collections.Counter()
        self.decisions = collections.deque(maxlen=1000)

    async def worker(self, number, end):
        draw = random.Random(self.seed * 1000 + number)
        client = None
        due = time.monotonic()
        while time.monotonic() < end:
            due += draw.expovariate(1) * self.pause
            await asyncio.sleep(max(0, due - time.monotonic()))
            due = max(due, time.monotonic() - 1)
            try:
                if client is None:
                    client = await self.router.client()
                if not await self.step(client, draw):
                    client = None
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                self.wrong[type(error).__name__] += 1
                client = None
        if client:
            client.leave()

    async def step(self, client, draw):
        """One action; False where the connection is gone with it."""
        lot = draw.random()
        if lot < 0.55:
            status, headers, _ = await client.chat("auto")
            self.note("whole", status == 200, headers)
        elif lot < 0.75:
            client.send("POST", "/v1/chat/completions", world.chat_body("auto", True))
            status, headers = await client.head()
            text = await client.body()
            cut = b"upstream_stream_error" in text
            self.note("stream", status == 200 and (cut or text.endswith(b"data: [DONE]\n\n")), headers)
        elif lot < 0.80:
            client.send("POST", "/v1/chat/completions", world.chat_body("held", True))
            await client.head()
            await client.piece()
            client.leave(reset=draw.random() < 0.5)
            self.note("left", True)
            return False
        elif lot < 0.84:
            status, _, _ = await client.chat("error")
            self.note("error", status == 502)
        elif lot < 0.95 and self.decisions:
            decision = draw.choice(self.decisions)
            body = {"decision_id": decision, "value": draw.random() < 0.7}
            status, _, _ = await client.ask("POST", "/v1/feedback", body)
            self.note("feedback" if status == 200 else f"feedback answered {status}", status == 200)
        elif lot < 0.98:
            path = draw.choice(["/metrics", "/v1/arms", "/v1/posteriors", "/v1/usage?by=arm", "/v1/decisions?limit=20", "/v1/none"])
            status, _, _ = await client.ask("GET", path)
            self.note("read", status == (404 if path == "/v1/none" else 200))
        else:
            client.leave()
            self.note("reconnected", True)
            return False
        return True

    def note(self, what, is_right, headers=None):
        self.counts[what] += 1
        if not is_right:
            self.wrong[what] += 1
        if headers and "x-bandit-decision-id" in headers:
            self.decisions.append(headers["x-bandit-decision-id"])


async def fill(router, count, workers):
    left = iter(range(count))

    async def worker():
        client = await router.client()
        for number in left:
            if number % 500 == 0:
                await client.ask("GET", "/v1/decisions?limit=1000")
            else:
                await client.chat("auto", stream=number % 4 == 0)
        client.leave()

    await asyncio.gather(*[worker() for _ in range(workers)])


def slope(points):
    """Median of the slopes between all pairs, of at most some hundred points."""
    thin = points[::max(1, len(points) // 300)]
    return statistics.median(
        (b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(thin) for b in thin[i + 1:] if b[0] > a[0])


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--router", default=world.DEFAULT_ROUTER)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--workers", type=int, default=32)
    parser.add_argument("--rate", type=float, default=600, help="actions a second, all workers together")
    parser.add_argument("--fill", type=int, default=60_000, help="requests before anything is measured")
    parser.add_argument("--growth-mb", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    world.raise_file_limit()
    provider = world.Provider(interval=0.05)
    router = world.Router(arguments.router, await provider.start())
    problems = []
    try:
        fresh = router.memory_mb
        await fill(router, arguments.fill, arguments.workers)
        print(f"resident memory: {fresh:.1f} MB at the start, {router.memory_mb:.1f} MB after {arguments.fill} requests", flush=True)
        start = time.monotonic()
        traffic = Traffic(router, arguments.rate, arguments.workers, arguments.seed)
        end = start + arguments.minutes * 60
        workers = asyncio.gather(*[traffic.worker(number, end) for number in range(arguments.workers)])
        samples = []
        while not workers.done():
            await asyncio.wait({workers}, timeout=2)
            if router.process.poll() is not None:
                break
            samples.append((time.monotonic() - start, router.memory_mb, router.files))
        workers.result()
        settled = samples[len(samples) // 4:-1]
        per_minute = slope([(at, memory) for at, memory, _ in settled]) * 60
        growth = per_minute * (settled[-1][0] - settled[0][0]) / 60
        tenth = max(1, len(settled) // 10)
        files = [max(sample[2] for sample in settled[:len(settled) // 2]),
                 statistics.median(sample[2] for sample in settled[-tenth:])]
        print(f"{arguments.minutes:g} minutes, {sum(traffic.counts.values())} actions: {json.dumps(traffic.counts)}")
        for share in (0, 0.25, 0.5, 0.75, 1):
            at, memory, opened = samples[min(len(samples) - 2, int(share * (len(samples) - 1)))]
            print(f"  after {at / 60:5.2f} min: {memory:6.1f} MB, {opened} open files")
        print(f"memory from minute {settled[0][0] / 60:.1f} on: {per_minute * 60:+.2f} MB an hour, {growth:+.2f} MB in all;"
              f" open files {files[0]:.0f} at most in the first half, {files[1]:.0f} at last")
        await asyncio.sleep(1)
        in_flight = await router.metric("bandit_router_in_flight")
        if traffic.wrong:
            problems.append(f"answers that were not right: {json.dumps(traffic.wrong)}")
        if growth > arguments.growth_mb:
            problems.append(f"memory grew by {growth:.1f} MB")
        if files[1] > files[0] + 2:
            problems.append(f"open files grew from {files[0]:.0f} to {files[1]:.0f}")
        if in_flight != 0:
            problems.append(f"{in_flight:.0f} requests are still in flight")
    finally:
        problems += router.stop()
    world.finish(problems)


asyncio.run(main())
