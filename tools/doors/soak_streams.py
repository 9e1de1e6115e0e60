#!/usr/bin/env python3
"""Many clients on the live stream, cut off at random and coming back with their last id, while officers' commands make new lines.

  tools/doors/soak_streams.py --binary build/release/bin/brushwatch [--clients 500] [--commands 1000] [--black-holes 20] [--seed 1] [--record]

Every client must end with the same lines in the same order as the outputs hold: a line missing or twice is a gap. Some more clients,
the black holes, connect and never read. Also said: how long a command takes to be durable, with and without the clients. Exit 1
on any gap.
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


async def get(port, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    reply = await reader.read()
    writer.close()
    return json.loads(reply.split(b"\r\n\r\n", 1)[1])


async def soak(args, port, folder):
    chance = random.Random(args.seed)
    while not (page := await get(port, "/api/v1/alerts?limit=1"))["items"]:
        await asyncio.sleep(0.1)
    alert = page["items"][0]["id"]
    alone = sorted([await post(port, alert, n) for n in range(200)])
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
    crowded = []
    for n in range(200, 200 + args.commands):
        crowded.append(await post(port, alert, n))
        await asyncio.sleep(0.005)
    newest = (await get(port, "/api/v1/health"))["newest_id"]
    await asyncio.sleep(0.5)
    while newest != (newest := (await get(port, "/api/v1/health"))["newest_id"]):
        await asyncio.sleep(0.5)
    # Everybody has a minute to read what is left; who does not, has a gap.
    for _ in range(600):
        if all(c.last == newest for c in clients):
            break
        await asyncio.sleep(0.1)
    done.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    lines = []
    for name, output in (("alerts", 0), ("cases", 3), ("lists", 4), ("credit", 5)):
        for line in (folder / f"data/out/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            line = json.loads(line)
            stage, partition = line["task"].split("/")
            lines.append((line["round"], {"subject": 5, "alliance": 6}[stage], int(partition), output, line["seq"]))
    wanted = ["-".join(map(str, key)) for key in sorted(lines)]
    gaps = sum(c.ids != wanted[: len(c.ids)] or len(c.ids) != len(wanted) for c in clients)
    crowded.sort()
    return {"clients": len(clients), "gaps": gaps, "lines": len(wanted), "reconnects": sum(c.reconnects for c in clients), "resyncs": sum(c.resyncs for c in clients),
            "black_holes": len(holes), "delivered": sum(len(c.ids) for c in clients),
            "command_ms_alone": [round(alone[len(alone) // 2], 1), round(alone[len(alone) * 99 // 100], 1)],
            "command_ms_with_clients": [round(crowded[len(crowded) // 2], 1), round(crowded[len(crowded) * 99 // 100], 1)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/release/bin/brushwatch"))
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--black-holes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Program(args.binary, folder, http="max_connections = 2048\nmax_streams = 1500") as program:
        result = asyncio.run(soak(args, int(program.address.rsplit(":", 1)[1]), pathlib.Path(folder)))
    print(json.dumps(result))
    print(f"sse_clients {result['clients']} sse_gaps {result['gaps']}")
    if args.record:
        for name, value, what in (("sse_clients", result["clients"], f"clients of the live stream at once, cut off {result['reconnects']} times and resumed"),
                                  ("sse_gaps", result["gaps"], "of them that missed a line, got one twice or out of order")):
            command = [sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(value), "--unit", "clients", "--command", "tools/doors/soak_streams.py", "--what", what]
            if name == "sse_gaps":
                command += ["--floor", "0", "--goal", "0"]
            subprocess.run(command, check=True)
    return 1 if result["gaps"] else 0


if __name__ == "__main__":
    sys.exit(main())
