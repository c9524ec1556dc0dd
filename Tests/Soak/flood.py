#!/usr/bin/env python3
"""Providers that send as fast as they can: what waits in the router, what does it cost, and is anybody else still served?

    Tests/Soak/flood.py [--seconds 10] [--reading 4] [--unread 16] [--router .build/release/bandit-router]

Three floods, one after the other, each for `--seconds`: `--reading` clients read streams as fast as the router relays them; `--unread`
clients read the head of theirs and then nothing; `--whole` clients ask for answers of 16 MB in one piece and do not read them.
Meanwhile `/health/live` is asked fifty times a second, and resident memory and the router's own count of undelivered bytes are sampled.
Then all leave, and after `--rest` seconds memory is looked at again. Provider, clients and sampler are processes of their own, with raw
sockets: none of them is slower than the router. Exit 1: a limit was exceeded.
"""

import argparse
import json
import multiprocessing
import re
import socket
import statistics
import threading
import time

import world


def provider(listening):
    """Floods every connection until it is closed."""
    def serve(connection):
        with connection:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65_536) or exit_thread()
                head, _, body = head.partition(b"\r\n\r\n")
                length = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
                while len(body) < length:
                    body += connection.recv(65_536) or exit_thread()
                request = json.loads(body)
                if request.get("stream"):
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
                    block = world.framed(b"".join(world.event(request["model"], {"content": "flood "}) for _ in range(200))) * 8
                    while True:
                        connection.sendall(block)
                else:
                    text = json.dumps({
                        "id": "chatcmpl-flood", "object": "chat.completion", "created": 1, "model": request["model"],
                        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x" * (16 << 20)},
                                     "finish_reason": "stop"}],
                        "usage": {"prompt_tokens": 42, "completion_tokens": 40, "total_tokens": 82}}).encode()
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text))
                    connection.sendall(text)
            except (OSError, SystemExit):
                pass

    while True:
        connection, _ = listening.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def exit_thread():
    raise SystemExit


def ask(port, key, path, body=None, receive_buffer=None):
    """A connection that has sent its request."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(("127.0.0.1", port))
    data = b"" if body is None else json.dumps(body).encode()
    connection.sendall(
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    return connection


def reader(port, key, stop, read):
    connection = ask(port, key, "/v1/chat/completions", world.chat_body("flood", True))
    connection.settimeout(0.5)
    scrap = bytearray(1 << 20)
    total = 0
    while not stop.is_set():
        try:
            count = connection.recv_into(scrap)
        except TimeoutError:
            continue
        if count == 0:
            break
        total += count
    connection.close()
    with read.get_lock():
        read.value += total


def prober(port, stop, latencies):
    """Milliseconds until `/health/live` is answered, asked every 20 ms; a new connection each time."""
    found = []
    while not stop.is_set():
        began = time.monotonic()
        with ask(port, "", "/health/live") as connection:
            connection.settimeout(60)
            try:
                answered = b"200" in connection.recv(4096)
            except OSError:
                answered = False
        took = (time.monotonic() - began) * 1000
        found.append(took if answered else float("inf"))
        time.sleep(max(0, 0.02 - took / 1000))
    latencies.send(found)


def undelivered(router):
    """The router's own count; None where it does not say."""
    with ask(router.port, router.key, "/metrics") as connection:
        connection.settimeout(2)
        text = b""
        while (match := re.search(rb"(?i)content-length: *(\d+)", text)) is None or len(text.partition(b"\r\n\r\n")[2]) < int(match.group(1)):
            try:
                piece = connection.recv(1 << 20)
            except TimeoutError:
                return None
            if not piece:
                break
            text += piece
    found = re.search(rb"(?m)^bandit_router_stream_undelivered_bytes (\S+)$", text)
    return float(found.group(1)) if found else None


class Watch:
    """Samples memory and health while a flood lasts."""

    def __init__(self, router):
        self.router = router
        self.before = router.memory_mb
        self.peak = self.before
        self.waiting = []
        self.stop = multiprocessing.Event()
        self.receive, send = multiprocessing.Pipe(False)
        self.process = multiprocessing.Process(target=prober, args=(router.port, self.stop, send), daemon=True)
        self.process.start()

    def sample(self, seconds):
        end = time.monotonic() + seconds
        counting = threading.Thread(target=self.count, args=(end,))
        counting.start()
        while time.monotonic() < end:
            self.peak = max(self.peak, self.router.memory_mb)
            time.sleep(0.05)
        counting.join()

    def count(self, end):
        while time.monotonic() < end:
            if (waiting := undelivered(self.router)) is not None:
                self.waiting.append(waiting)
            time.sleep(0.1)

    def finish(self):
        self.stop.set()
        self.latencies = sorted(self.receive.recv())
        self.process.join()

    def percentile(self, share):
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def report(name, watch, arguments, problems, more=""):
    after = watch.router.memory_mb
    waiting = f"{max(watch.waiting) / 1e6:.2f} MB" if watch.waiting else "not told"
    print(f"{name}: {watch.before:.1f} MB before, {watch.peak:.1f} MB at the peak, {after:.1f} MB after; undelivered at most {waiting};"
          f" health p50 {statistics.median(watch.latencies):.1f} ms, p99 {watch.percentile(0.99):.1f} ms,"
          f" longest {watch.latencies[-1]:.1f} ms of {len(watch.latencies)}{more}", flush=True)
    if watch.peak - watch.before > arguments.limit_mb:
        problems.append(f"{name}: {watch.peak - watch.before:.0f} MB more at the peak")
    if after - watch.before > arguments.kept_mb:
        problems.append(f"{name}: {after - watch.before:.0f} MB are kept")
    if watch.percentile(0.99) > arguments.health_ms:
        problems.append(f"{name}: health took {watch.percentile(0.99):.0f} ms")


def reading(router, arguments, problems):
    watch = Watch(router)
    stop, read = multiprocessing.Event(), multiprocessing.Value("q", 0)
    clients = [multiprocessing.Process(target=reader, args=(router.port, router.key, stop, read)) for _ in range(arguments.reading)]
    for client in clients:
        client.start()
    watch.sample(arguments.seconds)
    stop.set()
    for client in clients:
        client.join()
    watch.finish()
    time.sleep(arguments.rest)
    report(f"{arguments.reading} clients that read", watch, arguments, problems, f"; {read.value / arguments.seconds / 1e6:.0f} MB/s relayed")


def unread(router, arguments, problems, count, model, stream, name):
    watch = Watch(router)
    clients = []
    for _ in range(count):
        client = ask(router.port, router.key, "/v1/chat/completions", world.chat_body(model, stream), receive_buffer=65_536)
        clients.append(client)
        if stream:
            client.settimeout(60)
            client.recv(1024)
    watch.sample(arguments.seconds)
    for client in clients:
        client.close()
    watch.finish()
    time.sleep(arguments.rest)
    report(name, watch, arguments, problems)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--router", default=world.DEFAULT_ROUTER)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rest", type=float, default=8)
    parser.add_argument("--reading", type=int, default=4)
    parser.add_argument("--unread", type=int, default=16)
    parser.add_argument("--whole", type=int, default=16)
    parser.add_argument("--limit-mb", type=float, default=64, help="more at the peak than before")
    parser.add_argument("--whole-limit-mb", type=float, default=600, help="the same, for whole answers")
    parser.add_argument("--kept-mb", type=float, default=32, help="more after than before")
    parser.add_argument("--health-ms", type=float, default=50)
    arguments = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    flooding = multiprocessing.Process(target=provider, args=(listening,), daemon=True)
    flooding.start()
    router = world.Router(arguments.router, listening.getsockname()[1], "")
    problems = []
    try:
        for _ in range(50):
            ask(router.port, router.key, "/health/live").recv(4096)
        reading(router, arguments, problems)
        unread(router, arguments, problems, arguments.unread, "flood", True, f"{arguments.unread} clients that do not read")
        arguments.limit_mb = arguments.whole_limit_mb
        unread(router, arguments, problems, arguments.whole, "flood", False, f"{arguments.whole} whole answers of 16 MB, unread")
    finally:
        problems += router.stop()
        flooding.terminate()
    world.finish(problems)


main()
