"""A TCP proxy that knows Kafka's framing: it loses, cuts, delays and repeats requests and answers by their API, and partitions one way.

Clients find their way to it because the broker advertises it (tools/kafka/broker.sh, BW_KAFKA_ADVERTISED): no answer is changed.
A frame is a length of four bytes; a request goes on with api_key and api_version (int16 each) and a correlation id, and its answer with the
same id, in the order of the requests of its connection (Kafka's protocol guide, "Network" and "Request Header").

The proxy runs on a thread of its own. What it does to a frame is drawn from a seed; which frame meets which draw is the machine's timing.
"""

import asyncio
import collections
import random
import struct
import threading

PRODUCE, FETCH, LIST_OFFSETS, METADATA, FIND_COORDINATOR, JOIN_GROUP, HEARTBEAT, API_VERSIONS, CREATE_TOPICS, INIT_PRODUCER_ID = 0, 1, 2, 3, 10, 11, 12, 18, 19, 22
NAMES = {PRODUCE: "Produce", FETCH: "Fetch", LIST_OFFSETS: "ListOffsets", METADATA: "Metadata", FIND_COORDINATOR: "FindCoordinator", JOIN_GROUP: "JoinGroup",
         HEARTBEAT: "Heartbeat", API_VERSIONS: "ApiVersions", CREATE_TOPICS: "CreateTopics", INIT_PRODUCER_ID: "InitProducerId"}
# What may happen to a request and its answer.
#   request_lost  the broker never sees it; the connection is reset
#   request_cut   the broker sees a part of it; both sides are reset
#   ack_lost      the broker does it, nobody hears of it; the connection is reset
#   ack_cut       the client sees a part of the answer; both sides are reset
#   late          the connection is reset at once and the broker sees the request afterwards, when the client has long asked again
#   twice         the broker sees it twice; the client hears the first answer
#   slow          it waits, or its answer does
KINDS = ("request_lost", "request_cut", "ack_lost", "ack_cut", "late", "twice", "slow")
# Kafka's own cap on a request is 100 MiB; what says it is longer is no frame.
FRAME_MAX = 104_857_600
CHUNK = 1 << 16


class Broken(Exception):
    """The connection was ended on purpose."""


class Fault:
    """`odds` of a frame of `apis` (None: any) meet `kind`."""

    def __init__(self, kind, odds, apis=None):
        if kind not in KINDS:
            raise ValueError(kind)
        self.kind, self.odds, self.apis = kind, odds, None if apis is None else frozenset(apis)


class Pending:
    """A request that waits for its answer: `fault` is what happens to that."""

    def __init__(self, correlation, api, fault=None, swallow=False):
        self.correlation, self.api, self.fault, self.swallow = correlation, api, fault, swallow


async def read_frame(reader):
    """The frame without its length; None at the end of the stream."""
    try:
        head = await reader.readexactly(4)
        size = struct.unpack(">i", head)[0]
        if size < 4 or size > FRAME_MAX:
            raise Broken(f"no frame has {size} bytes")
        return await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def framed(body):
    return struct.pack(">i", len(body)) + body


def reset(writer):
    """Ends a connection without an orderly goodbye: what it had sent and the other side had not read may be gone."""
    transport = writer.transport
    if transport is not None:
        transport.abort()


class Proxy:
    """Listens on 127.0.0.1:`port` for the broker at `upstream` (host, port). Thread-safe: everything public may be called from any thread."""

    def __init__(self, port, upstream, seed):
        self.port, self.upstream = port, upstream
        self.chance = random.Random(f"wire/{seed}")
        self.faults = []
        self.counts = collections.Counter()  # (kind, API): how often it happened
        self.slow_s = 0.5
        self.late_s = 1.0
        self.held = {"up": False, "down": False}  # requests, answers
        self.connections = set()
        self.tasks = set()
        self.loop = asyncio.new_event_loop()
        self.ready, self.failure = threading.Event(), None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self.ready.wait()
        if self.failure:
            raise self.failure

    # ---- what a schedule may ask for ----

    def arm(self, *faults):
        """From now on these faults and no others."""
        self.faults = list(faults)

    def calm(self):
        """No more faults; what was held goes on."""
        self.arm()
        self.heal()

    def hold(self, *directions):
        """A partition: bytes of the direction ("up": requests, "down": answers) stay where they are until heal()."""
        for direction in directions:
            self.held[direction] = True
            self.counts[f"partition {direction}", "all"] += 1

    def heal(self):
        for direction in self.held:
            self.held[direction] = False

    def reset_all(self):
        """Every connection is reset."""
        self.counts["reset", "all"] += 1
        self._call(self._reset_all)

    def close(self):
        self.calm()
        self._call(self._reset_all)
        self._call(self._stop)
        self.thread.join(10)

    # ---- the loop's own ----

    def _call(self, function):
        done = threading.Event()

        def once():
            function()
            done.set()

        self.loop.call_soon_threadsafe(once)
        done.wait(10)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        try:
            self.server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=CHUNK))
            self.port = self.server.sockets[0].getsockname()[1]
        except OSError as error:
            self.failure = error
            return
        finally:
            self.ready.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def _stop(self):
        self.server.close()
        self.loop.stop()

    def _reset_all(self):
        for writer in list(self.connections):
            reset(writer)

    def _draw(self, api):
        for fault in self.faults:
            if (fault.apis is None or api in fault.apis) and self.chance.random() < fault.odds:
                self.counts[fault.kind, NAMES.get(api, str(api))] += 1
                return fault.kind
        return None

    async def _until_healed(self, direction):
        while self.held[direction]:
            await asyncio.sleep(0.005)

    def _later(self, task):
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(self, client_reader, client_writer):
        try:
            broker_reader, broker_writer = await asyncio.open_connection(*self.upstream, limit=CHUNK)
        except OSError:
            reset(client_writer)
            return
        pending = collections.deque()
        self.connections |= {client_writer, broker_writer}
        answers = asyncio.ensure_future(self._answers(broker_reader, client_writer, pending))
        requests = asyncio.ensure_future(self._requests(client_reader, client_writer, broker_writer, pending))
        keep_upstream = False
        try:
            done, _ = await asyncio.wait({answers, requests}, return_when=asyncio.FIRST_COMPLETED)
            keep_upstream = requests in done and requests.exception() is None and requests.result() == "late"
        finally:
            for task in (answers, requests):
                task.cancel()
            await asyncio.gather(answers, requests, return_exceptions=True)
            self.connections -= {client_writer, broker_writer}
            reset(client_writer)
            if not keep_upstream:
                reset(broker_writer)

    async def _requests(self, reader, client_writer, writer, pending):
        while True:
            body = await read_frame(reader)
            if body is None:
                return "ended"
            api, _, correlation = struct.unpack(">hhi", body[:8])
            await self._until_healed("up")
            kind = self._draw(api)
            if kind == "slow" and self.chance.random() < 0.5:
                await asyncio.sleep(self.chance.random() * self.slow_s)
                kind = None
            if kind == "request_lost":
                return kind
            if kind == "request_cut":
                frame = framed(body)
                writer.write(frame[:self.chance.randrange(1, len(frame))])
                await writer.drain()
                return kind
            if kind == "late":
                reset(client_writer)
                self._later(asyncio.ensure_future(self._deliver_late(writer, body)))
                return kind
            # Acks of 0 have no answer (nobody here asks for that); every other request has one.
            pending.append(Pending(correlation, api, kind if kind in ("ack_lost", "ack_cut", "slow") else None))
            writer.write(framed(body))
            if kind == "twice":
                pending.append(Pending(correlation, api, swallow=True))
                writer.write(framed(body))
            await writer.drain()

    async def _deliver_late(self, writer, body):
        try:
            await asyncio.sleep(self.chance.random() * self.late_s)
            writer.write(framed(body))
            await writer.drain()
            await asyncio.sleep(self.late_s)  # the broker reads it before the connection ends
        except ConnectionError:
            pass
        finally:
            reset(writer)

    async def _answers(self, reader, writer, pending):
        while True:
            body = await read_frame(reader)
            if body is None:
                return "ended"
            correlation = struct.unpack(">i", body[:4])[0]
            request = pending.popleft() if pending and pending[0].correlation == correlation else None
            await self._until_healed("down")
            if request is not None and request.swallow:
                continue
            kind = request.fault if request is not None else None
            if kind == "ack_lost":
                return kind
            if kind == "ack_cut":
                frame = framed(body)
                writer.write(frame[:self.chance.randrange(1, len(frame))])
                await writer.drain()
                return kind
            if kind == "slow":
                await asyncio.sleep(self.chance.random() * self.slow_s)
            writer.write(framed(body))
            await writer.drain()
