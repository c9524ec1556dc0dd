#!/usr/bin/env python3
"""Two thousand event streams at once: do all complete, and in how much memory?

    Tests/Soak/streams.py [--streams 2000] [--limit-mb 150] [--router .build/release/bandit-router]

Every stream is held open by the provider, a word a second, until all are open at the same time and have stayed so for
`--seconds`; then all end. Prints resident memory and open files before, at the peak and after. Exit 1: a stream was not complete, or
memory was above the limit.
"""

import argparse
import asyncio

import world


async def stream(router, words):
    client = await router.client()
    client.send("POST", "/v1/chat/completions", world.chat_body("held", stream=True))
    status, _ = await client.head()
    if status != 200:
        raise SystemExit(f"a stream got {status}: {(await client.body())[:300]}")
    text = await client.body()
    client.leave()
    words.append(text.count(b'"word "'))
    return status == 200 and text.endswith(b"data: [DONE]\n\n") and b'"finish_reason":"stop"' in text.replace(b": ", b":")


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--router", default=world.DEFAULT_ROUTER)
    parser.add_argument("--streams", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--limit-mb", type=float, default=150)
    arguments = parser.parse_args()
    world.raise_file_limit()
    provider = world.Provider()
    router = world.Router(arguments.router, await provider.start())
    problems = []
    try:
        for _ in range(20):
            client = await router.client()
            await client.chat("whole")
            client.leave()
        before, files = router.memory_mb, router.files
        loop = asyncio.get_running_loop()
        words, tasks, start = [], [], loop.time()
        for number in range(arguments.streams):
            tasks.append(asyncio.ensure_future(stream(router, words)))
            if number % 50 == 49:
                await asyncio.sleep(0.05)
        while provider.open < arguments.streams and loop.time() - start < 120:
            await asyncio.sleep(0.1)
        opened = provider.open
        took = loop.time() - start
        peak, peak_files, end = 0.0, 0, loop.time() + arguments.seconds
        while loop.time() < end:
            peak, peak_files = max(peak, router.memory_mb), max(peak_files, router.files)
            await asyncio.sleep(0.2)
        in_flight = await router.metric("bandit_router_in_flight")
        provider.release.set()
        complete = sum(await asyncio.gather(*tasks))
        peak = max(peak, router.peak_mb)
        await asyncio.sleep(1)
        print(f"{arguments.streams} streams: {opened} open at once after {took:.1f} s (in flight by /metrics: {in_flight:.0f}),"
              f" {complete} complete, {sum(words)} words")
        print(f"resident memory: {before:.1f} MB before, {peak:.1f} MB at the peak, {router.memory_mb:.1f} MB after"
              f" ({(peak - before) * 1000 / arguments.streams:.1f} KB a stream)")
        print(f"open files: {files} before, {peak_files} at the peak, {router.files} after")
        if opened < arguments.streams or complete < arguments.streams:
            problems.append(f"{arguments.streams - complete} streams were not complete")
        if peak > arguments.limit_mb:
            problems.append(f"{peak:.1f} MB are more than {arguments.limit_mb:.0f} MB")
    finally:
        problems += router.stop()
    world.finish(problems)


asyncio.run(main())
