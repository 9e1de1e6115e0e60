"""Four instances on one consumer group and one ledger, on real brokers: killed, stopped and woken, restarted in turn, their brokers killed.

Whatever happens, the topics hold what the ledger gives in one go, and every chain is whole. A leader that was stopped longer than its
session must end by itself with E4030.
"""

import random
import shutil
import signal
import time

from prove import instances

NAMES = ("a", "b", "c", "d")


def lines_of(world):
    """The orders and reviews of the world, as they arrived."""
    rows = []
    for name in ("orders.ndjson", "reviews.ndjson", "parcels.ndjson"):
        rows += (world.input / name).read_bytes().splitlines(keepends=True)
    return [row for row in rows if b'"broken"' not in row]


class Case:
    def __init__(self, world, brokers, seed, number):
        self.chance = random.Random(f"group/{seed}/{number}")
        self.group = instances.Group(world.binary, world.folder / f"group-{number}", brokers, f"group.{seed}.{number}")
        self.rows = lines_of(world)
        self.at = 0
        self.did = {"kills": 0, "zombies": 0, "fenced": 0, "restarts": 0, "broker_kills": 0, "takeovers": 0}

    def feed(self, share):
        size = int(len(self.rows) * share * self.chance.random())
        rows = self.rows[self.at:self.at + size]
        self.at += len(rows)
        if rows:
            self.group.send(rows)

    def kill(self):
        one = self.group.leader() if self.chance.random() < 0.7 else self.chance.choice(list(self.group.instances.values()))
        if one is None or not one.alive() or one.stopped:
            return
        one.end()
        self.did["kills"] += 1
        if self.chance.random() < 0.5:
            time.sleep(self.chance.random() * 2)  # within its session, or not
        one.start()

    def zombie(self):
        """Stops the leader until another one has taken over, and wakes it: it must say E4030 and end."""
        one = self.group.wait_leader(seconds=10)
        if one is None:
            return None
        one.send_signal(signal.SIGSTOP)
        self.feed(0.05)
        successor = self.group.wait_leader()
        one.send_signal(signal.SIGCONT)
        if successor is None:
            return "nobody took over from a stopped leader"
        self.did["zombies"] += 1
        self.feed(0.05)
        one.ended()
        if "E4030" not in one.text():
            return f"a woken leader ended without E4030: {one.text()}"
        self.did["fenced"] += 1
        one.start()
        return None

    def restart_all(self):
        """A rolling restart: each leaves with SIGTERM and comes back before the next one goes."""
        for one in list(self.group.instances.values()):
            if not one.alive():
                one.start()
            one.end(signal.SIGTERM)
            one.start()
            if not one.wait_for("standing_by", "took_over"):
                return f"after a restart {one.name} does not come back: {one.text()}"
            self.did["restarts"] += 1
            self.feed(0.025)
        return None

    def broker(self):
        if self.group.brokers.count != 3:
            return None
        # Two that are away at once are more than three replicas bear: what is written waits then, and so would this case.
        if not self.group.brokers.wait_whole():
            return "the brokers do not get in sync again"
        node = self.chance.randint(1, 3)
        self.group.brokers.kill(node)
        self.did["broker_kills"] += 1
        self.feed(0.05)
        time.sleep(self.chance.random())
        self.group.brokers.node(node)
        return None

    def first_leader(self):
        """Whoever runs them starts them again while the brokers are still coming up (exit code 69)."""
        until = time.monotonic() + instances.READY_S
        while time.monotonic() < until:
            if self.group.wait_leader(seconds=2):
                return True
            for one in self.group.instances.values():
                if not one.alive():
                    one.start()
        return False

    def run(self):
        for name in NAMES:
            self.group.instance(name).start()
        if not self.first_leader():
            return "nobody leads"
        # Starting four instances costs more than what is done to them: much is done to each group.
        for _ in range(self.chance.randint(16, 24)):
            self.feed(0.035)
            act = self.chance.choice((self.kill, self.kill, self.kill, self.zombie, self.zombie, self.restart_all, self.broker))
            failure = act()
            if failure:
                return failure
            for one in self.group.instances.values():
                if not one.alive():
                    # Fenced, or its broker was away for too long: whoever runs it starts it again.
                    one.start()
        leader = self.group.wait_leader()
        if leader is None:
            return "nobody leads at the end"
        self.group.send(self.rows[self.at:])
        if not self.group.settle():
            return f"what was sent is not folded; {leader.name} says: {leader.text()[-2000:]}"
        return None


def case(world, brokers, seed, number):
    """Returns (counts, failure or None)."""
    one = Case(world, brokers, seed, number)
    try:
        failure = one.run()
        if failure is None:
            failure, repeats, lines = one.group.difference()
            one.did.update(repeats=repeats, lines=lines)
        one.did["takeovers"] = sum(path.read_text(errors="replace").count('"took_over"') for path in one.group.folder.glob("*.log*")) + \
            sum(path.read_text(errors="replace").count('"took_over"') for path in one.group.folder.glob("?.[0-9]*"))
        return one.did, failure
    finally:
        one.group.close()
        if "failure" in locals() and failure is None:
            shutil.rmtree(one.group.folder, ignore_errors=True)
