#!/usr/bin/env python3
"""What strangers can take: memory for bodies that never end, connections that ask for nothing, files.

    Tests/Soak/limits.py [--router .build/release/bandit-router] [bodies] [idle] [files]

`bodies`: 64 clients announce 32 MB each, send half of it and wait; without a key, then with one. `idle`: 10,000 connections that say nothing.
`files`: a router that may have 256 files open meets 600 connections. Each prints resident memory before, at the peak and after, and how
long `/health/live` took meanwhile. Exit 1: a limit was exceeded, or the router did not live through it.
"""

import argparse
import contextlib
import select
import socket
import statistics
import time

import world


def connect(port, patience=10):
    connection = socket.socket()
    connection.settimeout(patience)
    connection.connect(("127.0.0.1", port))
    return connection


def health(connection):
    """Milliseconds that a connection's question took; None: no answer."""
    began = time.monotonic()
    try:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return (time.monotonic() - began) * 1000 if b" 200 " in connection.recv(4096) else None
    except OSError:
        return None


class Watch:
    """Memory and health of a router while something is done to it."""

    def __init__(self, router, known=None):
        self.router, self.known = router, known
        self.before = self.peak = router.memory_mb
        self.latencies = []

    def look(self):
        self.peak = max(self.peak, self.router.memory_mb)
        with contextlib.ExitStack() as stack:
            connection = self.known or stack.enter_context(connect(self.router.port))
            took = health(connection)
        self.latencies.append(float("inf") if took is None else took)

    def rest(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(0.02)

    def report(self, name, problems, limit_mb, kept_mb, health_ms, more=""):
        after = self.router.memory_mb
        ordered = sorted(self.latencies)
        late = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
        print(f"{name}: {self.before:.1f} MB before, {self.peak:.1f} MB at the peak, {after:.1f} MB after;"
              f" health p50 {statistics.median(ordered):.1f} ms, p99 {late:.1f} ms of {len(ordered)}{more}", flush=True)
        if self.peak - self.before > limit_mb:
            problems.append(f"{name}: {self.peak - self.before:.0f} MB more at the peak")
        if after - self.before > kept_mb:
            problems.append(f"{name}: {after - self.before:.0f} MB are kept")
        if late > health_ms:
            problems.append(f"{name}: health took {late:.0f} ms")


def bodies(arguments, problems):
    with running(arguments, problems) as router:
        for name, key in [("without a key", None), ("with a key", router.key)]:
            watch = Watch(router)
            clients = []
            length = 32 << 20
            head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    f"{'Authorization: Bearer ' + key + chr(13) + chr(10) if key else ''}Content-Length: {length}\r\n\r\n").encode()
            for _ in range(arguments.bodies):
                client = connect(router.port)
                client.sendall(head)
                client.setblocking(False)
                clients.append([client, length // 2])
            piece = b"{" + b" " * 262_143
            end = time.monotonic() + arguments.seconds
            while any(left for _, left in clients) and time.monotonic() < end:
                _, writable, _ = select.select([], [client for client, left in clients if left], [], 0.2)
                for entry in clients:
                    if entry[0] in writable:
                        try:
                            entry[1] -= min(entry[1], entry[0].send(piece[:entry[1]]))
                        except BlockingIOError:
                            pass
                        except OSError:
                            entry[1] = 0
                watch.look()
            watch.rest(2)
            # A client that was answered got nothing but a refusal.
            answered, _, _ = select.select([client for client, _ in clients], [], [], 0)
            for client, _ in clients:
                client.close()
            watch.rest(8)
            watch.report(f"{arguments.bodies} half bodies of 32 MB {name}", problems, arguments.bodies_mb if key else 64, 64, 50,
                         f"; {len(answered)} refused")


def idle(arguments, problems):
    with running(arguments, problems) as router, contextlib.ExitStack() as stack:
        watch = Watch(router, known=stack.enter_context(connect(router.port)))
        clients = []
        for number in range(arguments.idle):
            clients.append(connect(router.port))
            if number % 100 == 99:
                watch.look()
        watch.rest(8)
        files = router.files
        for client in clients:
            client.close()
        watch.rest(8)
        watch.report(f"{arguments.idle} idle connections", problems, arguments.idle * 0.02, 64, 50, f"; {files} files open, {router.files} after")


def files(arguments, problems):
    with running(arguments, problems, files=256) as router, contextlib.ExitStack() as stack:
        watch = Watch(router, known=stack.enter_context(connect(router.port)))
        watch.look()
        clients = [connect(router.port) for _ in range(600)]
        watch.rest(8)
        most = router.files
        for client in clients:
            client.close()
        watch.known = None
        watch.rest(8)
        watch.report("600 connections, 256 files", problems, 64, 64, 200, f"; {most} files open, {router.files} after")


@contextlib.contextmanager
def running(arguments, problems, files=None):
    router = world.Router(arguments.router, 9, files=files)
    try:
        yield router
    finally:
        problems += router.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help="bodies, idle, files; all where none is named")
    parser.add_argument("--router", default=world.DEFAULT_ROUTER)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--bodies", type=int, default=64)
    parser.add_argument("--bodies-mb", type=float, default=1200, help="more at the peak than before, with a key")
    parser.add_argument("--idle", type=int, default=9_990)
    arguments = parser.parse_args()
    world.raise_file_limit()
    problems = []
    for scene in (bodies, idle, files):
        if not arguments.what or scene.__name__ in arguments.what:
            scene(arguments, problems)
    world.finish(problems)


main()
