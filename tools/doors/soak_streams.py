#!/usr/bin/env python3
"""Many clients on the live stream, cut off at random and coming back with their last id, and many webhook endpoints, while officers'
commands make new lines and events come in.

  tools/doors/soak_streams.py --binary build/release/bin/brushwatch [--clients 500] [--webhooks 500] [--black-holes 20] [--pairs 8]
                              [--commands 20] [--events 300] [--seed 1] [--record]

Every client must end with the same lines in the same order as the outputs hold: a line missing or twice is a gap. Every endpoint must
get each line that came after it was added, once, with a signature that holds. The black holes, some more of each kind, connect and
never read, or are posted to and never answer.

What readers cost those who send is measured in pairs of windows, in the order off on on off: in both the same commands make new lines while
events are sent one after the other (POST /api/v1/events to 202, which says durable); in one of the two all clients and black holes are
connected and all endpoints enabled, in the other none. The clients and receivers are other people's machines: here they run with the lowest
priority, in processes of their own. Exit 1 on any gap.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from program import ROOT, Program  # noqa: E402


MORE = ('[webhooks]\nallow_loopback = true\nendpoints_per_owner = 2000\n'
        '[[source]]\nname = "door"\nkind = "http"\nclock = "record"\n')
WORKERS = 2
PACE_S = 0.25  # between commands: some lines a second is more than an alliance has


def step_back():
    """Little of the machine, and nobody interrupted: what stands in for other machines must not take this one's. A session of its own, for
    the kernel shares cores among sessions first (sched(7), autogroup): within ours its work would be charged to the program."""
    os.setsid()
    try:
        pathlib.Path("/proc/self/autogroup").write_text("10", encoding="utf-8")
    except OSError:
        pass  # a kernel without them shares among processes alone
    os.nice(19)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def cpu_s(pid):
    """Seconds of CPU that the program has used, and of them those of its threads that serve readers (nice 10: engine/base/thread.h)."""
    tick, total, readers = os.sysconf("SC_CLK_TCK"), 0.0, 0.0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            fields = (task / "stat").read_text(encoding="utf-8").rsplit(") ", 1)[1].split()
        except OSError:
            continue  # it has just ended
        used = (int(fields[11]) + int(fields[12])) / tick
        total += used
        readers += used if int(fields[16]) == 10 else 0
    return total, readers


class Client:
    def __init__(self, port, chance):
        self.port, self.chance = port, chance
        self.last, self.ids, self.reconnects, self.resyncs = "start", [], 0, 0

    async def run(self, connected):
        """Reads as long as `connected`; breaks off by chance and goes on after the last id."""
        while True:
            await connected.wait()
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
                self.reconnects += 1
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)
            finally:
                if writer is not None:
                    writer.close()


async def work(port, clients, holes, seed):
    """One process of clients: "on", "off", "at KEY" (answers how many are there) and "end" (answers what they got) on stdin."""
    chance, connected = random.Random(seed), asyncio.Event()
    everybody = [Client(port, random.Random(chance.random())) for _ in range(clients)]
    tasks, open_holes = [], []
    loop = asyncio.get_running_loop()
    while True:
        word, _, key = (await loop.run_in_executor(None, sys.stdin.readline)).strip().partition(" ")
        if word == "on":
            connected.set()
            tasks = [asyncio.create_task(c.run(connected)) for c in everybody]
            for _ in range(holes):
                _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
                writer.write(b"GET /api/v1/stream?since=start HTTP/1.1\r\nHost: x\r\n\r\n")
                open_holes.append(writer)
            print(json.dumps(True), flush=True)
        elif word == "off":
            connected.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for writer in open_holes:
                writer.close()
            tasks, open_holes = [], []
            print(json.dumps(True), flush=True)
        elif word == "at":
            print(json.dumps(sum(c.last == key for c in everybody)), flush=True)
        else:
            print(json.dumps([{"ids": c.ids, "reconnects": c.reconnects, "resyncs": c.resyncs} for c in everybody]), flush=True)
            return


class Workers:
    """Clients in processes of their own."""

    def __init__(self, args, port):
        self.clients = args.clients
        share = lambda total, n: total // WORKERS + (n < total % WORKERS)  # noqa: E731
        self.processes = [subprocess.Popen([sys.executable, "-B", __file__, "--worker", str(port), "--clients", str(share(args.clients, n)), "--black-holes", str(share(args.black_holes, n)),
                                            "--seed", str(args.seed * WORKERS + n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=step_back) for n in range(WORKERS)]

    async def tell(self, word):
        for process in self.processes:
            process.stdin.write(word + "\n")
            process.stdin.flush()
        loop = asyncio.get_running_loop()
        return [json.loads(await loop.run_in_executor(None, process.stdout.readline)) for process in self.processes]

    async def all_at(self, key, patience_s):
        until = time.monotonic() + patience_s
        while sum(await self.tell(f"at {key}")) < self.clients and time.monotonic() < until:
            await asyncio.sleep(0.2)

    async def end(self):
        got = [client for share in await self.tell("end") for client in share]
        for process in self.processes:
            process.wait(timeout=60)
        return got


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


async def paced(port, alert, first, n):
    """n commands, one each PACE_S."""
    out = []
    for i in range(n):
        out.append(await post(port, alert, first + i))
        await asyncio.sleep(PACE_S)
    return out


def http(method, path, body):
    """One request, its bytes."""
    return (f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


async def events_ms(port, n):
    """Milliseconds until each of n events, sent one after the other on one connection, is durable; sorted. Orders, which make no line: how many
    lines there are is the commands' part, and a thousand readers get each of them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    out = []
    for i in range(n):
        body = json.dumps({"type": "order.created", "source": "taobao", "id": f"soak-{time.monotonic_ns()}-{i}", "event_time": "2026-11-11T12:00:00+08:00", "order_id": f"SOAK-{time.monotonic_ns()}",
                           "shop_id": f"S-SOAK-{i % 50}", "buyer_pid": f"bsoak{i}", "total_fen": 4199, "items": [{"sku": "soak", "category": 9, "qty": 1, "list_fen": 4199, "paid_fen": 4199}]}).encode()
        started = time.monotonic()
        writer.write(http("POST", "/api/v1/events", body))
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 202 " in head.split(b"\r\n")[0], head
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        out.append((time.monotonic() - started) * 1000)
        await asyncio.sleep(0.01)
    writer.close()
    return sorted(out)


def middle_and_tail(sorted_ms):
    return [round(sorted_ms[len(sorted_ms) // 2], 2), round(sorted_ms[len(sorted_ms) * 99 // 100], 2)]


class Endpoints:
    """Webhook endpoints at the program, and who receives for them."""

    def __init__(self, port, folder, good, holes):
        self.port, self.good, self.holes, self.file = port, good, holes, folder / "received.json"
        self.process = subprocess.Popen([sys.executable, str(pathlib.Path(__file__).parent / "webhook_receivers.py"), str(self.file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=step_back)
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

    async def act(self, action):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for name in self.ids:
            writer.write(http("POST", f"/api/v1/webhooks/{name}", json.dumps({"action": action}).encode()))
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            assert b" 20" in head.split(b"\r\n")[0], body
        writer.close()

    async def settled(self):
        """Waits until every good endpoint has nothing waiting, or its time is up."""
        for _ in range(240):
            page = await get(self.port, "/api/v1/webhooks")
            if not any(e["waiting"] for e in page["items"] if "/take/" in e["url"]):
                return
            await asyncio.sleep(0.5)

    def end(self, wanted, later):
        """How many endpoints lack a line of `wanted`, got one that is none or twice or one whose signature does not hold; and how many came.
        `later` are lines that came when nobody waited for them any more."""
        self.process.terminate()
        self.process.wait(timeout=60)
        got = json.loads(self.file.read_text(encoding="utf-8"))
        wanted, later = {f"msg_{key}" for key in wanted}, {f"msg_{key}" for key in later}
        wrong = 0
        for n in range(self.good):
            messages = [message for message, _ in got.get(f"/take/{n}", [])]
            wrong += len(messages) != len(set(messages)) or not wanted <= set(messages) <= wanted | later or not all(signed for _, signed in got.get(f"/take/{n}", []))
        return wrong, sum(map(len, got.values()))


async def get(port, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    reply = await reader.read()
    writer.close()
    return json.loads(reply.split(b"\r\n\r\n", 1)[1])


def lines_of(folder):
    """The keys of all lines that readers see unasked, in order: a member's receipt is told only to who asks for receipts, a week's bar to nobody (docs/formats/case.md)."""
    keys = []
    for name, output in (("alerts", 0), ("cases", 3), ("lists", 4), ("credit", 5)):
        for line in (folder / f"data/out/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            line = json.loads(line)
            if line["type"] in ("receipt", "control"):
                continue
            stage, partition = line["task"].split("/")
            keys.append((line["round"], {"subject": 5, "alliance": 6}[stage], int(partition), output, line["seq"]))
    return sorted(keys)


async def newest(port):
    """The newest line's id, when no new one has come for a while."""
    key = None
    while key != (key := (await get(port, "/api/v1/health"))["newest_id"]):
        await asyncio.sleep(0.5)
    return key


async def soak(args, port, folder, pid):
    while not (page := await get(port, "/api/v1/alerts?limit=1"))["items"]:
        await asyncio.sleep(0.1)
    alert = page["items"][0]["id"]
    since = tuple(map(int, (await newest(port)).split("-")))
    endpoints, workers = Endpoints(port, folder, args.webhooks, args.black_holes), Workers(args, port)
    await endpoints.add()
    windows, commands, connected, sent = {"on": [], "off": []}, [], False, 0
    used, told = {"on": [0.0, 0.0], "off": [0.0, 0.0]}, 0

    async def connect(wanted):
        nonlocal connected
        if wanted == connected:
            return
        connected = wanted
        await asyncio.gather(workers.tell("on" if wanted else "off"), endpoints.act("enable" if wanted else "disable"))
        if wanted:
            await caught_up()
        else:
            while (await get(port, "/api/v1/health"))["stream_clients"] > 0:
                await asyncio.sleep(0.1)

    async def caught_up():
        """What came meanwhile is told: a window is not the crowd at its beginning. Who does not get there in three minutes has a gap."""
        key = await newest(port)
        await workers.all_at(key, 180)
        await endpoints.settled()
        return key

    await connect(True)
    for pair in range(args.pairs):
        for kind in ("off", "on") if pair % 2 == 0 else ("on", "off"):
            await connect(kind == "on")
            before, lines = cpu_s(pid), len(lines_of(folder))
            measured, made = await asyncio.gather(events_ms(port, args.events), paced(port, alert, sent, args.commands))
            if connected:  # what the window's lines cost is known when they have arrived
                await caught_up()
            lines = len(lines_of(folder)) - lines
            if connected:
                told += lines * (args.clients + args.webhooks)
            spent = [after - b for after, b in zip(cpu_s(pid), before)]
            used[kind] = [sum(x) for x in zip(used[kind], spent)]
            windows[kind].append(measured)
            commands += made
            sent += args.commands
            print(f"window {pair} {kind}: events {middle_and_tail(measured)} ms, {lines} lines, {spent[0]:.2f} s of CPU", file=sys.stderr, flush=True)
    await connect(True)
    last = tuple(map(int, (await caught_up()).split("-")))
    clients = await workers.end()
    keys = lines_of(folder)
    # Lines that come behind `last` a client may have or not.
    text = lambda some: ["-".join(map(str, key)) for key in some]  # noqa: E731
    webhooks_wrong, webhooks_got = endpoints.end(text(key for key in keys if since < key <= last), text(key for key in keys if key > last))
    wanted, least = text(keys), sum(key <= last for key in keys)
    changes = [on[len(on) // 2] / off[len(off) // 2] - 1 for on, off in zip(windows["on"], windows["off"])]
    return {"clients": len(clients), "gaps": sum(c["ids"] != wanted[:len(c["ids"])] or len(c["ids"]) < least for c in clients), "lines": len(wanted), "reconnects": sum(c["reconnects"] for c in clients),
            "resyncs": sum(c["resyncs"] for c in clients), "black_holes": args.black_holes, "delivered": sum(len(c["ids"]) for c in clients), "webhooks": args.webhooks,
            "webhooks_wrong": webhooks_wrong, "webhooks_got": webhooks_got, "event_ms_without": middle_and_tail(sorted(sum(windows["off"], []))),
            "event_ms_with": middle_and_tail(sorted(sum(windows["on"], []))), "command_ms": middle_and_tail(sorted(commands)), "pairs": args.pairs,
            "cpu_us_a_message": round((used["on"][0] - used["off"][0]) / told * 1e6, 1), "cpu_us_a_message_readers": round((used["on"][1] - used["off"][1]) / told * 1e6, 1),
            "event_ms_middle_change": round(statistics.median(changes), 3), "event_ms_middle_changes": [round(c, 3) for c in changes]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/release/bin/brushwatch"))
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--webhooks", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--commands", type=int, default=20, help="of each window")
    parser.add_argument("--events", type=int, default=300, help="of each window")
    parser.add_argument("--black-holes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", type=int, metavar="PORT", help=argparse.SUPPRESS)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    if args.worker:
        asyncio.run(work(args.worker, args.clients, args.black_holes, args.seed))
        return 0
    with tempfile.TemporaryDirectory() as folder, Program(args.binary, folder, http="max_connections = 2048\nmax_streams = 1500", more=MORE) as program:
        result = asyncio.run(soak(args, int(program.address.rsplit(":", 1)[1]), pathlib.Path(folder), program.process.pid))
    print(json.dumps(result))
    print(f"sse_clients {result['clients']} sse_gaps {result['gaps'] + result['webhooks_wrong']}")
    if args.record:
        pairs = f"{result['pairs']} pairs of windows with and without {result['clients']} stream clients, {result['webhooks']} webhook endpoints and {args.black_holes} black holes of each kind"
        for name, value, unit, bounds, what in (
                ("sse_clients", result["clients"], "clients", [], f"clients of the live stream at once, cut off {result['reconnects']} times and resumed, beside {result['webhooks']} webhook endpoints"),
                ("sse_gaps", result["gaps"] + result["webhooks_wrong"], "clients", ["--floor", "0", "--goal", "0"], "of clients and endpoints that missed a line, got one twice or (clients) out of order"),
                ("sse_ingest_change", result["event_ms_middle_change"], "share", ["--floor", "0.1", "--goal", "0.05"],
                 f"change of the median ms until a sent event is durable ({result['event_ms_without'][0]} to {result['event_ms_with'][0]}): median over {pairs}"),
                ("sse_ingest_p99_ms", result["event_ms_with"][1], "ms", [],
                 f"until a sent event is durable, p99 with all readers and endpoints; without them {result['event_ms_without'][1]} ms; the machine was shared with other work, readers and receivers ran on it too"),
                ("sse_message_cpu_us", result["cpu_us_a_message"], "µs", [],
                 f"of the program's CPU a message that one reader or endpoint got, {result['cpu_us_a_message_readers']} of it on threads that give way to the ingest")):
            subprocess.run([sys.executable, str(ROOT / "tools/figures.py"), "record", "--id", name, "--value", str(value), "--unit", unit, "--command", "tools/doors/soak_streams.py", "--what", what, *bounds],
                           check=True)
    return 1 if result["gaps"] or result["webhooks_wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
