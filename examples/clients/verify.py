"""Are these lines whole, and signed by somebody we trust?   verify.py KEYS.pub FILE…   (FILE.sig beside each)
From a topic:  kcat -C -e -t brushwatch.alert.v1 -b HOST:PORT -f '%h\t%s\n' | verify.py KEYS.pub alert:-   (or alert:FILE of such lines)
Prints "ok LINES FILE" or "TAMPERED FILE: why"; exit 3 when anything was."""
import base64, hashlib, json, re, sys
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

def trusted(path):
    keys = {}
    for pem in re.findall(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", open(path, "rb").read(), re.S):
        key = load_pem_public_key(pem)
        keys[hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]] = key
    return keys

def check(keys, output, task, seq, digest, key_id, signature):
    assert base64.b64encode(raw := base64.b64decode(signature)).decode() == signature, "malformed signature"
    keys[key_id].verify(raw, f"brushwatch/v1/{output}/{task}/{seq}/{digest}".encode())

def verify(keys, path):
    (output, topic, path), signed, ends, lines = path.rpartition(":"), {}, {}, 0   # signed (task, seq) → hash; ends task → (next seq, hash)
    if not topic:
        for head in map(json.loads, open(path + ".sig")):
            check(keys, head["output"], head["task"], head["seq"], head["hash"], head["key"], head["signature"])
            assert signed.setdefault((head["task"], head["seq"]), head["hash"]) == head["hash"], "two histories for one place"
            output = head["output"]
    for raw in open("/dev/stdin" if path == "-" else path, "rb"):
        header, _, raw = raw.rpartition(b"\t")
        body, separator, tail = raw.rpartition(b',"hash":"')
        line = json.loads(raw); task, seq, digest = line["task"], line["seq"], line["hash"]
        assert separator and tail == digest.encode() + b'"}\n', "malformed"
        due, before = ends.get(task, (0, hashlib.sha256(f"brushwatch/{output}/{task}".encode()).hexdigest()))
        assert seq == due, f"{task}: seq {seq} where {due} was due"
        assert line["prev"] == before and re.search(rb'"prev":"[0-9a-f]{64}"$', body), f"{task} {seq}: does not follow"
        assert hashlib.sha256(bytes.fromhex(before) + body).hexdigest() == digest, f"{task} {seq}: edited"
        if header:
            found = re.search(rb"brushwatch-signature=v1a,([0-9a-f]{16}),([A-Za-z0-9+/=]+)", header)
            check(keys, output, task, seq, digest, found[1].decode(), found[2].decode())
            signed[task, seq] = digest
        assert signed.get((task, seq), digest) == digest, f"{task} {seq}: another line was signed"
        ends[task], lines = (seq + 1, digest), lines + 1
    assert {t for t, _ in signed} == set(ends) and all(max(s for k, s in signed if k == t) + 1 == n for t, (n, _) in ends.items()), "unsigned or cut off"
    return lines

worst, keys = 0, trusted(sys.argv[1])
for path in sys.argv[2:]:
    try:
        print("ok", verify(keys, path), path)
    except Exception as error:
        worst = print("TAMPERED", path + ":", type(error).__name__, error) or 3
sys.exit(worst)
