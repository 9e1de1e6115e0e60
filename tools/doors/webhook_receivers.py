"""Webhook receivers on one port of 127.0.0.1, as many as there are paths: /take/N answers 204, /hole/N never answers.

Run as a program by tools that try webhooks: prints its port, writes what came to FILE as JSON {path: [[webhook-id, signed], …]} at SIGTERM.
`signed` says whether the v1 signature holds under the path's key; keys come on stdin, one "PATH whsec_…" a line, before the first message.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import pathlib
import signal
import sys


class Receiver(asyncio.Protocol):
    keys, got, answered = {}, {}, 0

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            size = int(headers.get("content-length", 0))
            if len(self.buffer) < end + 4 + size:
                return
            body, self.buffer = self.buffer[end + 4:end + 4 + size], self.buffer[end + 4 + size:]
            path = head[0].split(" ")[1]
            if path.startswith("/take/"):
                self.take(path, headers, body)
                self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    def take(self, path, headers, body):
        text = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
        mac = base64.b64encode(hmac.new(self.keys[path], text, hashlib.sha256).digest()).decode()
        self.got.setdefault(path, []).append([headers["webhook-id"], f"v1,{mac}" in headers["webhook-signature"].split(" ")])


async def main(file):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Receiver, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    done = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, done.set)

    pending = bytearray()

    def key():
        got = os.read(sys.stdin.fileno(), 1 << 16)
        if not got:
            done.set()  # who started us is gone
            return loop.remove_reader(sys.stdin)
        pending.extend(got)
        *lines, rest = bytes(pending).split(b"\n")
        pending[:] = rest
        for line in lines:
            path, secret = line.decode().split()
            Receiver.keys[path] = base64.b64decode(secret.removeprefix("whsec_"))
    loop.add_reader(sys.stdin, key)
    await done.wait()
    pathlib.Path(file).write_text(json.dumps(Receiver.got), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
