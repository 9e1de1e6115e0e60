"""The fault proxy against a broker of a few lines: what it does to a frame is what it says, and nothing without being told."""

import pathlib
import socket
import struct
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

from prove import wire  # noqa: E402

PATIENCE_S = 30


def request(api, correlation, text=b""):
    body = struct.pack(">hhi", api, 0, correlation) + text
    return struct.pack(">i", len(body)) + body


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            return None
        data += more
    return data


def read_frame(connection):
    head = read_exactly(connection, 4)
    return None if head is None else read_exactly(connection, struct.unpack(">i", head)[0])


class Echo:
    """Answers each request with its correlation id and its own bytes; keeps what it saw."""

    def __init__(self):
        self.seen, self.cut = [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            while True:
                try:
                    head = read_exactly(connection, 4)
                    if head is None:
                        return
                    body = read_exactly(connection, struct.unpack(">i", head)[0])
                    if body is None:
                        self.cut += 1
                        return
                    self.seen.append(body)
                    connection.sendall(struct.pack(">i", len(body) - 4) + body[4:])
                except OSError:
                    return


class Wire(unittest.TestCase):
    def setUp(self):
        self.broker = Echo()
        self.proxy = wire.Proxy(0, ("127.0.0.1", self.broker.port), 1)
        self.addCleanup(self.broker.listener.close)
        self.addCleanup(self.proxy.close)

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=PATIENCE_S)
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection, api, correlation, text=b""):
        """The answer's bytes behind its id, or None when the connection ends first."""
        try:
            connection.sendall(request(api, correlation, text))
            body = read_frame(connection)
        except ConnectionError:
            return None
        if body is None:
            return None
        self.assertEqual(struct.unpack(">i", body[:4])[0], correlation)
        return body[4:]

    def until(self, condition):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.002)

    def test_changes_nothing_without_being_told(self):
        connection = self.connect()
        for n in range(200):
            self.assertEqual(self.ask(connection, n % 4, n, b"x" * (n * 37)), b"x" * (n * 37))
        self.assertEqual(len(self.broker.seen), 200)
        self.assertFalse(self.proxy.counts)

    def test_pipelined_requests_keep_their_order(self):
        connection = self.connect()
        connection.sendall(b"".join(request(0, n) for n in range(50)))
        self.assertEqual([struct.unpack(">i", read_frame(connection)[:4])[0] for _ in range(50)], list(range(50)))

    def test_a_lost_request_never_arrives(self):
        self.proxy.arm(wire.Fault("request_lost", 1, [wire.PRODUCE]))
        self.assertIsNone(self.ask(self.connect(), wire.PRODUCE, 1))
        self.assertEqual(self.ask(self.connect(), wire.FETCH, 2, b"y"), b"y")
        self.assertEqual(len(self.broker.seen), 1)
        self.assertEqual(dict(self.proxy.counts), {("request_lost", "Produce"): 1})

    def test_a_cut_request_arrives_in_part(self):
        self.proxy.arm(wire.Fault("request_cut", 1))
        self.assertIsNone(self.ask(self.connect(), wire.PRODUCE, 1, b"z" * 10_000))
        self.assertEqual(self.broker.seen, [])

    def test_a_lost_answer_was_done(self):
        self.proxy.arm(wire.Fault("ack_lost", 1))
        self.assertIsNone(self.ask(self.connect(), wire.PRODUCE, 1))
        self.assertEqual(len(self.broker.seen), 1)

    def test_a_cut_answer_was_done(self):
        self.proxy.arm(wire.Fault("ack_cut", 1))
        self.assertIsNone(self.ask(self.connect(), wire.PRODUCE, 1, b"z" * 10_000))
        self.assertEqual(len(self.broker.seen), 1)

    def test_a_late_request_arrives_after_the_connection_has_ended(self):
        self.proxy.late_s = 0.05
        self.proxy.arm(wire.Fault("late", 1))
        self.assertIsNone(self.ask(self.connect(), wire.PRODUCE, 1))
        self.until(lambda: len(self.broker.seen) == 1)

    def test_a_request_that_goes_twice_is_answered_once(self):
        connection = self.connect()
        self.proxy.arm(wire.Fault("twice", 1))
        self.assertEqual(self.ask(connection, wire.PRODUCE, 1, b"a"), b"a")
        self.proxy.calm()
        self.assertEqual(self.ask(connection, wire.PRODUCE, 2, b"b"), b"b")
        self.assertEqual([body[8:] for body in self.broker.seen], [b"a", b"a", b"b"])

    def test_a_slow_frame_comes_all_the_same(self):
        self.proxy.slow_s = 0.01
        self.proxy.arm(wire.Fault("slow", 1))
        connection = self.connect()
        for n in range(20):
            self.assertEqual(self.ask(connection, wire.FETCH, n), b"")

    def test_a_partition_holds_one_direction_until_it_heals(self):
        connection = self.connect()
        self.proxy.hold("down")
        connection.sendall(request(wire.FETCH, 7))
        self.until(lambda: len(self.broker.seen) == 1)  # the broker hears, and is not heard
        connection.settimeout(0.05)
        with self.assertRaises(TimeoutError):
            connection.recv(1)
        connection.settimeout(PATIENCE_S)
        self.proxy.heal()
        self.assertEqual(read_frame(connection)[:4], struct.pack(">i", 7))
        self.proxy.hold("up")
        connection.sendall(request(wire.FETCH, 8))
        connection.settimeout(0.05)
        with self.assertRaises(TimeoutError):
            connection.recv(1)
        self.assertEqual(len(self.broker.seen), 1)
        connection.settimeout(PATIENCE_S)
        self.proxy.heal()
        self.assertEqual(read_frame(connection)[:4], struct.pack(">i", 8))

    def test_a_reset_ends_every_connection_and_new_ones_are_served(self):
        first = self.connect()
        self.assertEqual(self.ask(first, wire.FETCH, 1), b"")
        self.proxy.reset_all()
        self.assertIsNone(self.ask(first, wire.FETCH, 2))
        self.assertEqual(self.ask(self.connect(), wire.FETCH, 3), b"")

    def test_the_same_seed_draws_the_same_faults(self):
        def draws(seed):
            proxy = wire.Proxy(0, ("127.0.0.1", self.broker.port), seed)
            self.addCleanup(proxy.close)
            proxy.arm(wire.Fault("ack_lost", 0.3), wire.Fault("slow", 0.3))
            return [proxy._draw(wire.PRODUCE) for _ in range(100)]
        self.assertEqual(draws(5), draws(5))
        self.assertNotEqual(draws(5), draws(6))


if __name__ == "__main__":
    unittest.main()
