#!/usr/bin/env python3
"""Members' topics at a real broker whose clients log in and whose authorizer asks for ACLs (docs/operating/member-topics.md).

The program and kcat log in by PLAIN: librdkafka before 2.6.1 sends its own nonce twice in SCRAM's last message (confluentinc/librdkafka#4895),
which Kafka took until 3.9 and Kafka 4 refuses. A Java client reads by SCRAM, and so does kcat on a newer librdkafka when there is one:
BW_LIBRDKAFKA=DIR of tools/kafka/librdkafka.sh. One member's password is set by the command that `topics plan` prints.

  BW_BINARY=build/release/bin/brushwatch tests/integration/member_topics_test.py
"""

import json
import os
import pathlib
import random
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/doors"))
from program import Program  # noqa: E402

BINARY = os.environ.get("BW_BINARY", str(ROOT / "build/release/bin/brushwatch"))
USERS = {"admin": "admin-word", "taobao": "taobao-word", "jd": "jd-word"}
PATIENCE_S = 120  # a cold JVM on a busy machine


def free_pair():
    """Two neighbouring free ports, the broker's and its controller's, from below those that the system gives to whoever connects: a broker
    takes so long to start that one of those could be gone again."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue


class MemberTopics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.port = free_pair()
        cls.broker = str(pathlib.Path(cls.folder.name) / "kafka")
        environment = dict(os.environ, BW_KAFKA_USERS=" ".join(f"{name}:{word}" for name, word in USERS.items()))
        subprocess.run([str(ROOT / "tools/kafka/broker.sh"), "start", cls.broker, str(cls.port)], check=True, env=environment, stdout=subprocess.DEVNULL)
        # What a platform sent itself: two records that are none, a phone number in one of them, and an event in another platform's name.
        sent = pathlib.Path(cls.folder.name) / "taobao.ndjson"
        rival = json.dumps({"type": "order.created", "source": "jd", "id": "e1", "event_time": "2026-11-09T08:00:00+08:00", "order_id": "O-1", "shop_id": "S-1", "buyer_pid": "b1", "total_fen": 4199,
                            "items": [{"sku": "s", "category": 9, "qty": 1, "list_fen": 4199, "paid_fen": 4199}]})
        sent.write_text(f'{{"phone":13812345678\n{{\n{rival}\n', encoding="utf-8")
        cls.more = (f'[[source]]\nname = "own"\nkind = "file"\npath = "{sent}"\nfollow = true\nclock = "record"\nparty = "taobao"\n'
                    f'[members]\ntopics = ["taobao:platform", "jd:platform", "sf:carrier"]\nbootstrap = "127.0.0.1:{cls.port}"\n'
                    f'[kafka]\n"security.protocol" = "SASL_PLAINTEXT"\n"sasl.mechanism" = "PLAIN"\n"sasl.username" = "admin"\n"sasl.password" = "{USERS["admin"]}"\n')

    @classmethod
    def tearDownClass(cls):
        subprocess.run([str(ROOT / "tools/kafka/broker.sh"), "stop", cls.broker], check=True)
        cls.folder.cleanup()

    def kcat(self, user, *arguments, word=None, text=None):
        login = ["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", f"sasl.username={user}", f"sasl.password={word or USERS[user]}"]
        command = ["kcat", "-b", f"127.0.0.1:{self.port}", *[part for setting in login for part in ("-X", setting)], *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, input=text, check=False)

    def read(self, user, topic, form="%k %h\\n"):
        return self.kcat(user, "-C", "-t", topic, "-e", "-o", "beginning", "-f", form)

    def read_by_scram(self, user, topic, word=None):
        """A record of the topic, by Kafka's own client."""
        login = pathlib.Path(self.folder.name) / f"{user}.properties"
        login.write_text("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
                         f'username="{user}" password="{word or USERS[user]}";\n', encoding="utf-8")
        return subprocess.run(["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", str(ROOT / ".cache/kafka/libs/*"), "org.apache.kafka.tools.consumer.ConsoleConsumer",
                               "--bootstrap-server", f"127.0.0.1:{self.port}", "--command-config", str(login), "--topic", topic, "--group", f"{user}.test", "--from-beginning", "--max-messages", "1",
                               "--timeout-ms", "60000"], capture_output=True, text=True, timeout=2 * PATIENCE_S, check=False)

    def kcat_by_scram(self, user, word, libraries=None):
        """kcat's list of a member's topic by SCRAM-SHA-512, on the librdkafka of the system or of a folder."""
        environment = dict(os.environ, **({"LD_LIBRARY_PATH": str(pathlib.Path(libraries) / "lib")} if libraries else {}))
        return subprocess.run(["kcat", "-b", f"127.0.0.1:{self.port}", "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=SCRAM-SHA-512", "-X", f"sasl.username={user}",
                               "-X", f"sasl.password={word}", "-C", "-t", f"brushwatch.to.{user}.v1", "-e", "-o", "beginning", "-f", "%k\\n"], capture_output=True, text=True, timeout=PATIENCE_S,
                              env=environment, check=False)

    def set_password(self, user, word):
        """Runs the command that `topics plan` prints for the member, with the broker's own tool."""
        plan = subprocess.run([BINARY, "topics", "plan", "--config", str(pathlib.Path(self.folder.name) / "run/run.toml")], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        printed = [line.strip() for line in plan.stdout.splitlines() if "kafka-configs.sh" in line and f"--entity-name {user} " in line]
        self.assertEqual(len(printed), 1, plan.stdout + plan.stderr)
        admin = pathlib.Path(self.folder.name) / "admin.properties"
        admin.write_text("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required "
                         f'username="admin" password="{USERS["admin"]}";\n', encoding="utf-8")
        words = shlex.split(printed[0].replace("password=PASSWORD", f"password={word}").replace("admin.properties", str(admin)))
        # What kafka-configs.sh is: the class, with the broker's jars.
        return subprocess.run(["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", str(ROOT / ".cache/kafka/libs/*"), "kafka.admin.ConfigCommand", *words[1:]],
                              capture_output=True, text=True, timeout=2 * PATIENCE_S, check=False)

    def topics(self, verb):
        done = subprocess.run([BINARY, "topics", verb, "--json", "--config", str(pathlib.Path(self.folder.name) / "run/run.toml")], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def test_a_member_reads_its_own_and_nothing_else(self):
        program = Program(BINARY, pathlib.Path(self.folder.name) / "run", more=self.more)
        until = time.monotonic() + PATIENCE_S
        while (planned := self.topics("plan"))[0] not in (0, 3) and time.monotonic() < until:
            time.sleep(0.5)  # the broker's log-in comes up after its port
        self.assertEqual(planned[0], 3, planned[1])
        missing = [row["permission"] for row in planned[1] if row["role"] == "acl" and row["state"] == "missing"]
        self.assertIn("User:taobao may READ topic brushwatch.to.taobao.v1", missing)
        self.assertIn("User:sf may READ topic brushwatch.to.sf.dlq.v1", missing)
        self.assertEqual(len(missing), 21, missing)
        self.assertEqual(self.topics("apply")[0], 0)
        again, rows = self.topics("plan")
        self.assertEqual(again, 0, rows)
        self.assertTrue(all(row.get("state", "ok") == "ok" and not row.get("problem") for row in rows), rows)

        with program:
            while not json.load(urllib.request.urlopen(program.address + "/api/v1/alerts?limit=1", timeout=10))["items"]:
                time.sleep(0.1)
            until = time.monotonic() + PATIENCE_S
            while not (lines := self.read("taobao", "brushwatch.to.taobao.v1").stdout.splitlines()) and time.monotonic() < until:
                time.sleep(0.5)
        self.assertTrue(lines)
        for line in lines:
            self.assertIn("brushwatch-place=", line)
        for text in self.read("taobao", "brushwatch.to.taobao.v1", "%s\\n").stdout.splitlines():
            marking = json.loads(text)["marking"]
            self.assertIn("platform", marking["audience"])
            self.assertIn(marking["tlp"], ("clear", "green", "amber", "amber_strict") if marking.get("owner") == "taobao" else ("clear", "green", "amber"))

        for topic in ("brushwatch.to.jd.v1", "brushwatch.to.jd.list.v1", "brushwatch.to.jd.dlq.v1"):
            denied = self.read("taobao", topic)
            self.assertNotEqual(denied.returncode, 0, topic)
            self.assertIn("uthorization", denied.stderr, topic)
        self.assertEqual(self.read("jd", "brushwatch.to.jd.list.v1").returncode, 0)
        letters = [json.loads(line) for line in self.read("taobao", "brushwatch.to.taobao.dlq.v1", "%s\\n").stdout.splitlines()]
        self.assertEqual([(letter["error"], letter["source"], letter["marking"]["owner"]) for letter in letters], [(error, "taobao.ndjson", "taobao") for error in ("not_json", "not_json", "bad_envelope")], letters)
        self.assertNotIn("bytes_base64", json.dumps(letters))
        self.assertEqual(self.read("jd", "brushwatch.to.jd.dlq.v1").stdout, "")
        for topic in ("brushwatch.to.taobao.v1", "brushwatch.to.taobao.list.v1", "brushwatch.to.taobao.dlq.v1", "brushwatch.to.jd.v1"):
            written = self.kcat("taobao", "-P", "-t", topic, "-X", "message.timeout.ms=10000", text="forged\n")
            self.assertNotEqual(written.returncode, 0, topic)
        self.assertNotEqual(self.kcat("taobao", "-L", "-m", "5", word="guessed").returncode, 0)
        self.assertIn('"marking"', self.read_by_scram("taobao", "brushwatch.to.taobao.v1").stdout)
        self.assertIn("uthoriz", (denied := self.read_by_scram("taobao", "brushwatch.to.jd.v1")).stdout + denied.stderr)
        self.assertIn("uthenticat", (denied := self.read_by_scram("taobao", "brushwatch.to.taobao.v1", word="guessed")).stdout + denied.stderr)
        unset = self.read_by_scram("sf", "brushwatch.to.sf.v1", word="sf-word")
        self.assertIn("uthenticat", unset.stdout + unset.stderr)
        made = self.set_password("sf", "sf-word")
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        self.assertIn('"marking"', (read := self.read_by_scram("sf", "brushwatch.to.sf.v1", word="sf-word")).stdout, read.stderr)
        self.assertIn("uthoriz", (denied := self.read_by_scram("sf", "brushwatch.to.taobao.v1", word="sf-word")).stdout + denied.stderr)
        if newer := os.environ.get("BW_LIBRDKAFKA"):
            read = self.kcat_by_scram("sf", "sf-word", newer)
            self.assertEqual(read.returncode, 0, read.stderr)
            self.assertTrue(read.stdout.splitlines())
            self.assertIn("uthenticat", self.kcat_by_scram("sf", "guessed", newer).stderr)
        group = self.kcat("taobao", "-G", "jd.group", "-e", "brushwatch.to.taobao.v1")
        self.assertIn("uthorization", group.stderr)


if __name__ == "__main__":
    unittest.main()
