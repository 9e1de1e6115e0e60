#!/usr/bin/env python3
"""Many clients on the live stream, cut off at random and coming back with their last id, and many webhook endpoints, while officers'
commands make new lines and events come in.

  tools/doors/soak_streams.py --binary build/release/bin/brushwatch [--clients 500] [--webhooks 500] [--commands 300] [--black-holes 20]
                              [--seed 1] [--record]

Every client must end with the same lines in the same order as the outputs hold: a line missing or twice is a gap. Every endpoint must
get each line that came after it was added, once, with a signature that holds. The black holes, some more of each kind, connect and
never read, or are posted to and never answer. Also said: how long an event takes to be durable (POST /api/v1/events to 202), before the
clients come, while they are there, and after they went. Exit 1 on any gap.
"""

import argparse
import asyncio
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from program import ROOT, Program  # noqa: E402


MORE = ('[webhooks]\nallow_loopback = true\nendpoints_per_owner = 2000\n'
        '[[source]]\nname = "door"\nkind = "http"\nclock = "record"\n')


class Client:
    def __init__(self, port, chance):
        self.port, self.chance = port, chance
        self.last, self.ids, self.reconnects, self.resyncs = "start", [], 0, 0
        self.wanted = asyncio.Event()

    async def run(self, done):
        """Reads until `done`; breaks off by chance and goes on after the last id."""
        while not done.is_set():
            reader = writer = None
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
                writer.write(f"GET /api/v1/stream?since=start HTTP/1.1\r\nHost: x\r\n{'Last-Event-ID: ' + self.last if self.last != 'start' else 'X-None: 1'}\r\n\r\n".encode())
                status = await reader.readuntil(b"\r\n\r\n")
                if b" 200 " not in status.split(b"\r\n")[0]:
                    await asyncio.sleep(0.2)
                    continue
                life = self.chance.randint(20, 400)
                for _ in range(life):
                    message = (await reader.readuntil(b"\n\n")).decode()
                    fields = dict(line.split(": ", 1) for line in message.splitlines() if ": " in line)
                    if fields.get("event") == "resync":
                        self.resyncs += 1
                    if "data" in fields and fields.get("event") != "resync":
                        self.ids.append(fields["id"])
                    if "id" in fields:
                        self.last = fields["id"]
                    if done.is_set():
                        return
                self.reconnects += 1
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)
            finally:
                if writer is not None:
                    writer.close()


async def post(port, alert, n):
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"command": "answer", "target": alert, "reason": f"soak {n}"}).encode()
    writer.write(b"POST /api/v1/commands HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
                 + f"Idempotency-Key: soak-{n:08d}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    reply = await reader.read()
    writer.close()
    assert b" 202 " in reply.split(b"\r\n")[0], reply[:300]
    return (time.monotonic() - started) * 1000


def http(method, path, body):
    """One request, its bytes."""
    return (f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


async def events_ms(port, n):
    """Milliseconds until each of n events, sent one after the other on one connection, is durable; sorted."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    out = []
    for i in range(n):
        body = json.dumps({"type": "complaint.filed", "source": "12315", "id": f"soak-{time.monotonic_ns()}-{i}", "event_time": "2026-11-11T12:00:00+08:00",
                           "complaint_id": f"S{i}", "channel": "12315", "code": "other", "shop_id": "taobao:S-SOAK"}).encode()
        started = time.monotonic()
        writer.write(http("POST", "/api/v1/events", body))
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 202 " in head.split(b"\r\n")[0], head
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        out.append((time.monotonic() - started) * 1000)
        await asyncio.sleep(0.002)
    writer.close()
    return sorted(out)


def middle_and_tail(sorted_ms):
    return [round(sorted_ms[len(sorted_ms) // 2], 2), round(sorted_ms[len(sorted_ms) * 99 // 100], 2)]


class Endpoints:
    """Webhook endpoints at the program, and who receives for them."""

    def __init__(self, port, folder, good, holes):
        self.port, self.good, self.holes, self.file = port, good, holes, folder / "received.json"
        self.process = subprocess.Popen([sys.executable, str(pathlib.Path(__file__).parent / "webhook_receivers.py"), str(self.file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.receiver = int(self.process.stdout.readline())
        self.ids = []

    async def add(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for path in [f"/take/{n}" for n in range(self.good)] + [f"/hole/{n}" for n in range(self.holes)]:
            writer.write(http("POST", "/api/v1/webhooks", json.dumps({"url": f"http://127.0.0.1:{self.receiver}{path}"}).encode()))
            head = await reader.readuntil(b"\r\n\r\n")
            body = json.loads(await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])))
            assert b" 201 " in head.split(b"\r\n")[0], body
            self.ids.append(body["id"])
            self.process.stdin.write(f"{path} {body['secret']}\n")
        self.process.stdin.flush()
        writer.close()

    async def settled(self):
        """Waits until every good endpoint has nothing waiting, or its time is up."""
        for _ in range(1200):
            page = await get(self.port, "/api/v1/webhooks")
            if not any(e["waiting"] for e in page["items"] if "/take/" in e["url"]):
                return
            await asyncio.sleep(0.1)

    def end(self, wanted):
        """How many endpoints lack a line, got one twice or one whose signature does not hold; and how many messages came."""
        self.process.terminate()
        self.process.wait(timeout=60)
        got = json.loads(self.file.read_text(encoding="utf-8"))
        wanted = sorted(f"msg_{key}" for key in wanted)
        wrong = sum(sorted(m for m, _ in got.get(f"/take/{n}", [])) != wanted or not all(signed for _, signed in got.get(f"/take/{n}", [])) for n in range(self.good))
        return wrong, sum(map(len, got.values()))


async def get(port, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    reply = await reader.read()
    writer.close()
    return json.loads(reply.split(b"\r\n\r\n", 1)[1])


def lines_of(folder):
    """The keys of all lines that readers see, in order."""
    keys = []
    for name, output in (("alerts", 0), ("cases", 3), ("lists", 4), ("credit", 5)):
        for line in (folder / f"data/out/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            line = json.loads(line)
            stage, partition = line["task"].split("/")
            keys.append((line["round"], {"subject": 5, "alliance": 6}[stage], int(partition), output, line["seq"]))
    return sorted(keys)


async def newest(port):
    """The newest line's id, when no new one has come for a while."""
    key = None
    while key != (key := (await get(port, "/api/v1/health"))["newest_id"]):
        await asyncio.sleep(0.5)
    return key


async def soak(args, port, folder):
    chance = random.Random(args.seed)
    while not (page := await get(port, "/api/v1/alerts?limit=1"))["items"]:
        await asyncio.sleep(0.1)
    alert = page["items"][0]["id"]
    await newest(port)
    before = await events_ms(port, args.events)
    since = tuple(map(int, (await newest(port)).split("-")))
    endpoints = Endpoints(port, folder, args.webhooks, args.black_holes)
    await endpoints.add()
    done = asyncio.Event()
    holes = []
    for _ in range(args.black_holes):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET /api/v1/stream?since=start HTTP/1.1\r\nHost: x\r\n\r\n")
        holes.append(writer)
    clients = [Client(port, random.Random(chance.random())) for _ in range(args.clients)]
    tasks = [asyncio.create_task(c.run(done)) for c in clients]
    while (await get(port, "/api/v1/health"))["stream_clients"] < args.clients:
        await asyncio.sleep(0.2)
    # While readers read: half of the events with commands that make new lines, so that everybody is told something.
    measure = asyncio.create_task(events_ms(port, args.events))
    commands = sorted([await post(port, alert, n) for n in range(args.commands)])
    during = await measure
    last = await newest(port)
    # Everybody has a minute to read what is left; who does not, has a gap.
    for _ in range(600):
        if all(c.last == last for c in clients):
            break
        await asyncio.sleep(0.1)
    await endpoints.settled()
    done.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for writer in holes:
        writer.close()
    keys = lines_of(folder)
    webhooks_wrong, webhooks_got = endpoints.end(["-".join(map(str, key)) for key in keys if key > since])
    while (await get(port, "/api/v1/health"))["stream_clients"] > 0:
        await asyncio.sleep(0.1)
    after = await events_ms(port, args.events)
    wanted = ["-".join(map(str, key)) for key in keys]
    gaps = sum(c.ids != wanted for c in clients)
    return {"clients": len(clients), "gaps": gaps, "lines": len(wanted), "reconnects": sum(c.reconnects for c in clients), "resyncs": sum(c.resyncs for c in clients),
            "black_holes": len(holes), "delivered": sum(len(c.ids) for c in clients), "webhooks": args.webhooks, "webhooks_wrong": webhooks_wrong, "webhooks_got": webhooks_got,
            "event_ms_before": middle_and_tail(before), "event_ms_with_readers": middle_and_tail(during), "event_ms_after": middle_and_tail(after), "command_ms": middle_and_tail(commands)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/release/bin/brushwatch"))
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--webhooks", type=int, default=500)
    parser.add_argument("--commands", type=int, default=300)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--black-holes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Program(args.binary, folder, http="max_connections = 2048\nmax_streams = 1500", more=MORE) as program:
        result = asyncio.run(soak(args, int(program.address.rsplit(":", 1)[1]), pathlib.Path(folder)))
    print(json.dumps(result))
    print(f"sse_clients {result['clients']} sse_gaps {result['gaps'] + result['webhooks_wrong']}")
    if args.record:
        for name, value, what in (("sse_clients", result["clients"], f"clients of the live stream at once, cut off {result['reconnects']} times and resumed, beside {result['webhooks']} webhook endpoints"),
                                  ("sse_gaps", result["gaps"] + result["webhooks_wrong"], "of clients and endpoints that missed a line, got one twice or (clients) out of order")):
            command = [sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(value), "--unit", "clients", "--command", "tools/doors/soak_streams.py", "--what", what]
            if name == "sse_gaps":
                command += ["--floor", "0", "--goal", "0"]
            subprocess.run(command, check=True)
    return 1 if result["gaps"] or result["webhooks_wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
