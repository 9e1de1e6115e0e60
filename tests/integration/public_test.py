"""What the public gets of a case over six months (examples/case.sh): pages, feeds, STIX and proofs as `publish` writes them."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from html.parser import HTMLParser

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BW_BINARY", str(ROOT / "build/release/bin/brushwatch"))
CLIENTS = ROOT / "examples/clients"
STIX_PINS = ["stix2-validator==3.3.2"]
# What the commands of the case say that is not for the public: officers, objection, papers of the file.
PRIVATE = ["li.na", "wang.fang", "zhao.lei", "qian.jun", "wu.min", "keeper", "主张系他人所为", "异议不成立", "承诺书", "陕市监处", "第九条", "备忘录", "taobao", "A-", "C-"]


def validator():
    home = ROOT / ".cache/stix2-validator"
    if not (home / "bin/stix2_validator").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin/pip"), "-q", "install", *STIX_PINS], check=True)
    return home / "bin/stix2_validator"


class Elements(HTMLParser):
    """Open tags in order, and a count of what is not closed."""

    VOID = {"meta", "link", "input"}

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


class Public(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.home.name) / "case"
        run = subprocess.run([str(ROOT / "examples/case.sh"), str(cls.dir)], env={**os.environ, "BRUSHWATCH": BINARY}, capture_output=True, text=True, check=False, timeout=600)
        cls.out = run.stdout + run.stderr
        cls.code = run.returncode
        found = list((cls.dir / "posted/public/entries").glob("L-*")) if run.returncode == 0 else []
        cls.entry = found[0].name if found else ""

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    def site(self, name):
        return [p for p in (self.dir / name).rglob("*") if p.is_file()]

    def test_the_case_runs_to_its_end_and_replays_to_the_same_bytes(self):
        self.assertEqual(self.code, 0, self.out[-4000:])
        self.assertIn("the same bytes", self.out)

    def test_nothing_is_public_before_it_is_posted_and_nothing_after_the_repair(self):
        for name in ("before", "repaired"):
            self.assertEqual(list((self.dir / name / "public/entries").glob("*")), [])
            self.assertEqual(json.loads((self.dir / name / "public/feed.json").read_text(encoding="utf-8"))["items"], [])
        name = json.loads((self.dir / "posted/public/entries" / self.entry).read_text(encoding="utf-8"))["entry"]["subject"].get("name")
        self.assertTrue(name)
        for path in self.site("repaired"):
            text = path.read_text(encoding="utf-8")
            self.assertNotIn(name, text, path)
            self.assertNotIn("逾期未整改", text, path)
        removed = json.loads((self.dir / "repaired/public/feed.json").read_text(encoding="utf-8"))["_brushwatch"]["removed"]
        self.assertEqual([r["id"] for r in removed], ["urn:brushwatch:entry:" + self.entry])

    def test_only_what_may_be_public_is_public(self):
        for site in ("before", "posted", "repaired"):
            for path in self.site(site):
                text = path.read_text(encoding="utf-8")
                for word in PRIVATE:
                    self.assertNotIn(word, text, path)
        posted = json.loads((self.dir / "posted/public/entries" / self.entry).read_text(encoding="utf-8"))
        self.assertEqual(set(posted), {"id", "seq", "line", "on", "entry"})
        self.assertEqual(set(posted["entry"]), {"id", "list", "subject", "behaviour", "facts", "decision", "term", "measures"})
        self.assertEqual(posted["entry"]["decision"], {"no": "陕市监列〔2026〕3号", "body": "陕西省市场监督管理局", "date": "2026-12-15"})

    def test_pages_are_well_formed_and_link_only_to_what_is_there(self):
        for path in self.site("posted"):
            if path.suffix != ".html":
                continue
            html = path.read_text(encoding="utf-8")
            elements = Elements()
            elements.feed(html)
            self.assertEqual((elements.open, elements.wrong), ([], []), path)
            self.assertNotIn("<script", html)
        atom = xml.etree.ElementTree.parse(self.dir / "posted/public/feed.atom").getroot()
        self.assertEqual(len(atom.findall("{http://www.w3.org/2005/Atom}entry")), 1)

    def test_the_bundle_passes_the_validator_of_oasis(self):
        for site in ("before", "posted", "repaired"):
            run = subprocess.run([str(validator()), "--version", "2.1", str(self.dir / site / "public/stix.json")], capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.assertIn("STIX JSON: Valid", run.stdout)

    def clients(self, folder):
        yield [sys.executable, str(CLIENTS / "prove.py")]
        if shutil.which("go"):
            subprocess.run(["go", "build", "-o", str(folder / "prove-go"), str(CLIENTS / "prove.go")], check=True, cwd=folder)
            yield [str(folder / "prove-go")]
        if shutil.which("javac"):
            subprocess.run(["javac", "-d", str(folder), str(CLIENTS / "Prove.java")], check=True)
            yield ["java", "-cp", str(folder), "Prove"]

    def test_the_clients_believe_the_proof_and_nothing_that_was_changed(self):
        public = self.dir / "posted/public"
        proof, entry = public / "proofs" / self.entry, public / "entries" / self.entry
        subprocess.run([BINARY, "keys", "new", str(self.dir / "stranger")], check=True, stdout=subprocess.DEVNULL)
        document = json.loads(proof.read_text(encoding="utf-8"))

        def changed(name, change):
            copy = json.loads(json.dumps(document))
            change(copy)
            path = self.dir / name
            path.write_text(json.dumps(copy, separators=(",", ":")), encoding="utf-8")
            return path
        flipped = lambda text: ("1" if text[0] == "0" else "0") + text[1:]  # noqa: E731
        other = self.dir / "other-entry"
        other.write_bytes(entry.read_bytes().replace(b"2026-12-15", b"2026-12-16"))
        bad = [(changed("root", lambda p: p["head"].update(root=flipped(p["head"]["root"]))), entry), (changed("size", lambda p: p["head"].update(size=p["head"]["size"] + 1)), entry),
               (changed("index", lambda p: p.update(index=p["index"] + 1)), entry), (changed("path", lambda p: p["path"].append("0" * 64)), entry), (proof, other)]
        for client in self.clients(self.dir):
            run = subprocess.run([*client, str(self.dir / "key.pub"), str(proof), str(entry)], capture_output=True, text=True, check=False)
            self.assertEqual((run.returncode, run.stdout.split()[0]), (0, "proven"), (client, run.stdout, run.stderr))
            for wrong, of in bad:
                run = subprocess.run([*client, str(self.dir / "key.pub"), str(wrong), str(of)], capture_output=True, text=True, check=False)
                self.assertEqual((run.returncode, run.stdout[:10]), (3, "NOT PROVEN"), (client, wrong, run.stdout, run.stderr))
            run = subprocess.run([*client, str(self.dir / "stranger.pub"), str(proof), str(entry)], capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 3, (client, "a stranger's key"))

    def test_heads_and_proofs_of_any_output_come_from_the_command_line(self):
        alerts, key = self.dir / "run/alerts.ndjson", self.dir / "key"

        def bw(*words, code=0):
            run = subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, code, (words, run.stdout, run.stderr))
            return run.stdout
        heads = [json.loads(line) for line in bw("heads", alerts, "--sign", key).splitlines()]
        head = max(heads, key=lambda h: h["size"])
        task = head["tree"].split("/", 1)[1]
        proof, grown, old = self.dir / "p.json", self.dir / "g.json", self.dir / "old.json"
        old.write_text(next(line for line in bw("heads", alerts, "--sign", key, "--every", "1").splitlines() if json.loads(line)["tree"] == head["tree"]), encoding="utf-8")
        grown.write_text(bw("proof", alerts, "--task", task, "--from", 1, "--sign", key), encoding="utf-8")
        self.assertIn("proven", bw("verify", "--proof", grown, "--head", old, "--key", f"{key}.pub"))
        run = subprocess.run([sys.executable, str(CLIENTS / "prove.py"), f"{key}.pub", str(grown), str(old)], capture_output=True, text=True, check=False)
        self.assertEqual(run.stdout.split()[0], "proven", run.stdout)
        for seq in range(0, head["size"], max(1, head["size"] // 5)):
            proof.write_text(bw("proof", alerts, "--task", task, "--seq", seq, "--sign", key), encoding="utf-8")
            self.assertIn("proven", bw("verify", alerts, "--proof", proof, "--key", f"{key}.pub"))
        bw("verify", self.dir / "run/credit.ndjson", "--proof", proof, code=3)
        bw("verify", "--proof", proof, "--key", f"{self.dir}/stranger.pub" if (self.dir / "stranger.pub").exists() else f"{key}.pub", "--head", old, code=3)
        bw("proof", alerts, "--task", task, "--seq", head["size"], code=4)


if __name__ == "__main__":
    unittest.main()
