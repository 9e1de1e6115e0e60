"""Is this entry in the signed tree?   prove.py KEYS.pub PROOF.json ENTRY   (of /public/proofs/ID and /public/entries/ID, or any line)
Did the tree only grow?             prove.py KEYS.pub PROOF.json OLD-HEAD.json   (of /public/consistency?tree=…&from=…)
Prints "proven TREE SIZE" or "NOT PROVEN: why"; exit 3 when it is not. Hashing: RFC 9162 §2.1."""
import base64, hashlib, json, re, sys
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()

def climb(at, last, hashes, path):
    """Every hash of `hashes` led upwards by the path; the newest tree's comes last and takes all steps."""
    for beside in path:
        assert last > 0, "the path is too long"
        if at % 2 or at == last:
            hashes = [sha(b"\1", beside, h) for h in hashes]
            while at % 2 == 0 and at: at, last = at >> 1, last >> 1
        else:
            hashes[-1] = sha(b"\1", hashes[-1], beside)
        at, last = at >> 1, last >> 1
    assert last == 0, "the path is too short"
    return hashes

def check(keys, proof, other):
    head, path = proof["head"], [bytes.fromhex(h) for h in proof["path"]]
    raw = base64.b64decode(head["signature"], validate=True)
    keys[head["key"]].verify(raw, f"brushwatch/v1/tree/{head['tree']}/{head['size']}/{head['root']}".encode())
    if proof["proof"] == "inclusion":
        leaf = sha(b"\0", other.removesuffix(b"\n"))
        assert leaf.hex() == proof["leaf"] and 0 <= proof["index"] < head["size"], "another entry"
        assert climb(proof["index"], head["size"] - 1, [leaf], path) == [bytes.fromhex(head["root"])], "not in this tree"
    else:
        old, size = json.loads(other), proof["from"]["size"]
        assert (old["tree"], old["size"], old["root"]) == (head["tree"], size, proof["from"]["root"]) and 0 < size <= head["size"], "another old head"
        roots = [bytes.fromhex(old["root"]), bytes.fromhex(head["root"])]
        if size == head["size"]: assert not path and roots[0] == roots[1], "two roots for one size"
        else:
            begin = roots[0] if size & (size - 1) == 0 else path.pop(0)
            at, last = size - 1, head["size"] - 1
            while at % 2: at, last = at >> 1, last >> 1
            assert climb(at, last, [begin, begin], path) == roots, "history was rewritten"
    return f"{head['tree']} {head['size']}"

try:
    loaded = [load_pem_public_key(p) for p in re.findall(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", open(sys.argv[1], "rb").read(), re.S)]
    trusted = {sha(k.public_bytes(Encoding.Raw, PublicFormat.Raw)).hex()[:16]: k for k in loaded}
    print("proven", check(trusted, json.load(open(sys.argv[2])), open(sys.argv[3], "rb").read()))
except Exception as error:
    sys.exit(print("NOT PROVEN:", type(error).__name__, error) or 3)
