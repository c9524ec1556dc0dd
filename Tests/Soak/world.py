"""A router process, a provider of scripted behaviour and clients that speak HTTP/1.1 by hand: what the scripts beside it share.

The provider and the clients live in the calling process, on one clock, so that "the client left" and "the provider was told" can be
subtracted. Nothing but Python's standard library.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_ROUTER = str(ROOT / ".build" / "release" / "bandit-router")

QUESTION = "What is the capital of France, and which river flows through it?"


def raise_file_limit():
    """Two thousand streams are four thousand sockets of ours."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def event(model, delta, finish=None, usage=None):
    """One event of a stream."""
    event = {"id": "chatcmpl-soak", "object": "chat.completion.chunk", "created": 1, "model": model,
             "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    if usage:
        event["choices"] = []
        event["usage"] = usage
    return f"data: {json.dumps(event)}\n\n".encode()


def chunk(model, delta, finish=None, usage=None):
    """One event of a stream, framed as a chunk of the HTTP body."""
    return framed(event(model, delta, finish, usage))


def framed(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


class Provider:
    """An OpenAI-compatible provider; the model's name chooses what it does.

    `whole`: answers at once, streamed or not. `held`: streams a word every `interval` seconds until `release` is set.
    `flood`: streams `flood_bytes` in events of 4 KB as fast as they are taken. `silent`: never answers. `error`: 500.
    `cut`: ends the connection after two words.
    """

    def __init__(self, interval=1.0, flood_bytes=64 << 20):
        self.interval = interval
        self.flood_bytes = flood_bytes
        self.release = asyncio.Event()
        self.open = 0
        self.words_sent = 0
        self.flood_sent = {}
        # By connection number: when the provider saw its client leave.
        self.ended = {}
        self.numbers = 0
        self.server = None

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=4096)
        return self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while await self.answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Cancelled: the script ends.
            pass
        finally:
            writer.close()

    async def answer(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        length = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
        body = json.loads(await reader.readexactly(length))
        model, streams = body["model"], body.get("stream", False)
        self.numbers += 1
        number = self.numbers
        if model == "error":
            writer.write(b"HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
            return True
        if model == "silent":
            await reader.read(1)
            self.ended[number] = asyncio.get_running_loop().time()
            return False
        if not streams:
            text = json.dumps({
                "id": "chatcmpl-soak", "object": "chat.completion", "created": 1, "model": model,
                "choices": [{"index": 0, "message": {"role": "assistant", "content": "Paris, on the Seine. " * 8},
                             "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 42, "completion_tokens": 40, "total_tokens": 82}}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
            return True
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(chunk(model, {"role": "assistant", "content": ""}))
        self.open += 1
        left = asyncio.ensure_future(reader.read(1)) if model in ("held", "flood") else None
        try:
            if model == "held":
                while not self.release.is_set():
                    writer.write(chunk(model, {"content": "word "}))
                    self.words_sent += 1
                    await asyncio.wait({left}, timeout=self.interval)
                    if left.done():
                        self.ended[number] = asyncio.get_running_loop().time()
                        return False
            elif model == "flood":
                piece = chunk(model, {"content": "x" * 4096})
                sent = 0
                while sent < self.flood_bytes:
                    writer.write(piece)
                    sent += len(piece)
                    self.flood_sent[number] = sent
                    drained = asyncio.ensure_future(writer.drain())
                    await asyncio.wait({drained, left}, return_when=asyncio.FIRST_COMPLETED)
                    if left.done():
                        drained.cancel()
                        return False
            else:
                for number in range(8):
                    writer.write(chunk(model, {"content": f"word {number} "}))
                    if model == "cut" and number == 1:
                        return False
            writer.write(chunk(model, {}, "stop"))
            if body.get("stream_options", {}).get("include_usage"):
                writer.write(chunk(model, {}, usage={"prompt_tokens": 42, "completion_tokens": 8, "total_tokens": 50}))
            writer.write(framed(b"data: [DONE]\n\n") + b"0\r\n\r\n")
            await writer.drain()
            return left is None
        finally:
            self.open -= 1
            if left is not None:
                left.cancel()


class Client:
    """One connection to the router."""

    def __init__(self, port, key):
        self.port, self.key = port, key
        self.reader = self.writer = None

    async def connect(self, receive_buffer=None):
        sock = None
        if receive_buffer:
            import socket
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
            self.reader, self.writer = await asyncio.open_connection(sock=sock, limit=16_384)
        else:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    def send(self, method, path, body=None):
        data = b"" if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)

    async def head(self):
        """Status and headers (lower case) of the next answer."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:] if line))
        self.length = int(headers["content-length"]) if "content-length" in headers else None
        return int(lines[0].split(" ")[1]), headers

    async def piece(self):
        """The next piece of the body; None after its end."""
        if self.length is not None:
            if self.length == 0:
                return None
            data = await self.reader.readexactly(self.length)
            self.length = 0
            return data
        size = int(await self.reader.readline(), 16)
        data = await self.reader.readexactly(size + 2)
        return data[:-2] if size else None

    async def body(self):
        pieces = []
        while (piece := await self.piece()) is not None:
            pieces.append(piece)
        return b"".join(pieces)

    async def ask(self, method, path, body=None):
        self.send(method, path, body)
        status, headers = await self.head()
        return status, headers, await self.body()

    async def chat(self, model, stream=False):
        return await self.ask("POST", "/v1/chat/completions", chat_body(model, stream))

    def leave(self, reset=False):
        if reset:
            self.writer.transport.abort()
        else:
            self.writer.close()


def chat_body(model, stream=False):
    return {"model": model, "stream": stream, "messages": [{"role": "user", "content": QUESTION}]}


class Router:
    """A `serve` process with arms for every behaviour of the provider, and a key."""

    def __init__(self, binary, upstream, more="", files=None):
        """`files`: how many it may have open; None: as many as this process."""
        self.folder = tempfile.TemporaryDirectory(prefix="bandit-router-soak-")
        path = pathlib.Path(self.folder.name) / "router.yaml"
        price = "price: { input_per_million_usd: 0.1, output_per_million_usd: 0.4 }"
        arms = "\n".join(
            f"  - {{ id: {name}, provider: up, model: {name}, {price} }}"
            for name in ("whole", "held", "flood", "silent", "error", "cut"))
        path.write_text(f"""server: {{ host: 127.0.0.1, port: 0 }}
store: {{ path: "{self.folder.name}/store.sqlite" }}
providers: [{{ id: up, kind: openai, base_url: "http://127.0.0.1:{upstream}/v1", api_key: sk-soak }}]
arms:
{arms}
categories: [{{ id: code, patterns: ["```"] }}, {{ id: geography, patterns: ["capital", "river"] }}]
routes:
  - {{ id: auto, arms: [whole, error, cut], policy: {{ kind: thompson }} }}
  - {{ id: others, arms: [held, flood, silent] }}
health: {{ failures_to_open: 1000000 }}
{more}""")
        made = subprocess.run(
            [binary, "keys", "create", "--config", path, "--name", "soak", "--scope", "admin", "--format", "json"],
            check=True, capture_output=True, text=True)
        self.key = json.loads(made.stdout)["key"]
        limit = None if files is None else lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        self.process = subprocess.Popen(
            [binary, "serve", "--config", path], stderr=subprocess.PIPE, text=True, preexec_fn=limit)
        self.log = []
        self.port = None
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if "Listening." in line and found:
                self.port = int(found.group(1))
                break
        if self.port is None:
            raise SystemExit("the router does not listen:\n" + "".join(self.log))
        threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True).start()

    async def client(self, **options):
        return await Client(self.port, self.key).connect(**options)

    def status(self, field):
        if self.process.poll() is not None:
            raise SystemExit(f"NOT MET: the router ended with {self.process.returncode}")
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field + ":"))

    @property
    def memory_mb(self):
        """Resident, in megabytes of 10^6 bytes."""
        return self.status("VmRSS") * 1024 / 1e6

    @property
    def peak_mb(self):
        """The most that ever was resident."""
        return self.status("VmHWM") * 1024 / 1e6

    @property
    def files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    async def metric(self, name):
        with contextlib.closing(await self.client()) as client:
            _, _, text = await client.ask("GET", "/metrics")
        found = re.search(rf"(?m)^{re.escape(name)} (\S+)$", text.decode())
        return float(found.group(1)) if found else None

    def stop(self):
        """Ends it; returns what it logged as errors."""
        self.process.terminate()
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "no end within 30 s"
        self.folder.cleanup()
        errors = [line for line in self.log if " error " in line]
        return errors if status == 0 else errors + [f"the router ended with {status}"]


Client.close = Client.leave


def finish(problems):
    """Prints what is not as it must be, and ends with 1 where there is something."""
    for problem in problems:
        print("NOT MET:", problem)
    sys.exit(1 if problems else 0)
