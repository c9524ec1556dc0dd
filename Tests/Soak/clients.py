#!/usr/bin/env python3
"""Clients that leave and clients that do not read: is the provider told at once, and does memory stay where it is?

    Tests/Soak/clients.py [--times 200] [--limit-ms 100] [--slow 50] [--limit-mb 60] [--router .build/release/bandit-router]

Leaving: in the middle of a stream and while a whole answer is awaited, by FIN and by RST; measured is the time from the client's
close to the moment the provider sees its connection end. Not reading: each of `--slow` clients asks for a stream of 64 MB, reads
its head and then nothing for `--seconds`; measured is what the router holds meanwhile and what the provider could send. Then
they read on, and every byte must be there. Exit 1: a limit was exceeded.
"""

import argparse
import asyncio
import statistics

import world


async def leave(router, provider, model, streams, reset):
    """Milliseconds from the client's end to the provider's."""
    client = await router.client()
    client.send("POST", "/v1/chat/completions", world.chat_body(model, streams))
    loop = asyncio.get_running_loop()
    number = provider.numbers
    if streams:
        await client.head()
        await client.piece()
    else:
        while provider.numbers == number:
            await asyncio.sleep(0.001)
    number = provider.numbers
    await asyncio.sleep(0.005)
    left = loop.time()
    client.leave(reset)
    while number not in provider.ended:
        if loop.time() - left > 5:
            return float("inf")
        await asyncio.sleep(0.0005)
    return (provider.ended.pop(number) - left) * 1000


async def leaving(router, provider, arguments, problems):
    print(f"from the client's end to the provider's, {arguments.times} times each, ms:")
    for model, streams, what in [("held", True, "in the middle of a stream"), ("silent", False, "before a whole answer")]:
        for reset in (False, True):
            times = sorted([await leave(router, provider, model, streams, reset) for _ in range(arguments.times)])
            print(f"  {what}, by {'RST' if reset else 'FIN'}: median {statistics.median(times):.2f},"
                  f" 99th percentile {times[int(0.99 * (len(times) - 1))]:.2f}, longest {times[-1]:.2f}")
            if times[-1] > arguments.limit_ms:
                problems.append(f"{what}: {times[-1]:.1f} ms until the provider was told")


async def slow(router, provider, arguments, problems):
    before = router.memory_mb
    clients = []
    for _ in range(arguments.slow):
        client = await router.client(receive_buffer=65_536)
        client.send("POST", "/v1/chat/completions", world.chat_body("flood", True))
        status, _ = await client.head()
        if status != 200:
            problems.append(f"a slow client got {status}")
        clients.append(client)
        client.writer.transport.pause_reading()
    samples = []
    for _ in range(int(arguments.seconds / 0.25)):
        await asyncio.sleep(0.25)
        samples.append(router.memory_mb)
    sent = list(provider.flood_sent.values())
    half = len(samples) // 2
    print(f"{arguments.slow} clients that do not read, {arguments.seconds:.0f} s: {before:.1f} MB before, at most {max(samples):.1f} MB"
          f" ({(max(samples) - before) / arguments.slow:.2f} MB a client), second half {max(samples[half:]) - max(samples[:half]):+.1f} MB")
    print(f"  of {provider.flood_bytes / 1e6:.0f} MB each the provider could send {max(sent) / 1e6:.2f} MB")
    if max(samples) - before > arguments.limit_mb:
        problems.append(f"slow clients cost {max(samples) - before:.1f} MB")
    if max(sent) > provider.flood_bytes / 4:
        problems.append(f"the provider was not slowed down: {max(sent)} bytes")

    async def rest(client):
        client.writer.transport.resume_reading()
        length = 0
        tail = b""
        while (piece := await client.piece()) is not None:
            length += piece.count(b"x" * 4096) * 4096
            tail = (tail + piece)[-64:]
        client.leave()
        return length, tail.endswith(b"data: [DONE]\n\n")

    peak = 0.0
    waiting = asyncio.gather(*[rest(client) for client in clients[:arguments.readers]])
    for client in clients[arguments.readers:]:
        client.leave()
    while not waiting.done():
        peak = max(peak, router.memory_mb)
        await asyncio.wait({waiting}, timeout=0.25)
    results = waiting.result()
    events = -(-provider.flood_bytes // len(world.chunk("flood", {"content": "x" * 4096})))
    whole = sum(1 for length, ended in results if ended and length == events * 4096)
    print(f"  {whole} of {len(results)} that read on got all of it; at most {peak:.1f} MB meanwhile")
    if whole < len(results):
        problems.append(f"{len(results) - whole} slow clients did not get everything: {results[:3]}")


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--router", default=world.DEFAULT_ROUTER)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--limit-ms", type=float, default=100)
    parser.add_argument("--slow", type=int, default=50)
    parser.add_argument("--readers", type=int, default=4, help="slow clients that read on to the end; the others leave")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--limit-mb", type=float, default=60)
    arguments = parser.parse_args()
    world.raise_file_limit()
    provider = world.Provider(interval=0.02)
    router = world.Router(arguments.router, await provider.start())
    problems = []
    try:
        await leaving(router, provider, arguments, problems)
        await slow(router, provider, arguments, problems)
        in_flight = await router.metric("bandit_router_in_flight")
        if in_flight != 0:
            problems.append(f"{in_flight:.0f} requests are still in flight")
    finally:
        problems += router.stop()
    world.finish(problems)


asyncio.run(main())
