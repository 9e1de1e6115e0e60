// Is this entry in the signed tree?   go run prove.go KEYS.pub PROOF.json ENTRY   (of /public/proofs/ID and /public/entries/ID, or any line)
// Prints "proven TREE SIZE" or "NOT PROVEN: why"; exit 3 when it is not. Hashing: RFC 9162 §2.1. Growth: prove.py.
package main

import ("bytes"; "crypto/ed25519"; "crypto/sha256"; "crypto/x509"; "encoding/base64"; "encoding/hex"; "encoding/json"; "encoding/pem"; "fmt"; "os")

type Head struct { Tree, Root, Key, Signature string; Size uint64 }
type Proof struct { Proof, Leaf string; Index uint64; Path []string; Head Head }
func must(ok bool, why string) { if !ok { panic(why) } }
func sha(parts ...[]byte) []byte { sum := sha256.Sum256(bytes.Join(parts, nil)); return sum[:] }
func unhex(text string) []byte { out, err := hex.DecodeString(text); must(err == nil && len(out) == 32, "not a hash"); return out }
func read(path string) []byte { data, err := os.ReadFile(path); must(err == nil, "cannot read "+path); return data }
func trusted(path string) map[string]ed25519.PublicKey {
	keys := map[string]ed25519.PublicKey{}
	for block, more := pem.Decode(read(path)); block != nil; block, more = pem.Decode(more) {
		key, err := x509.ParsePKIXPublicKey(block.Bytes); must(err == nil, "not a public key")
		keys[hex.EncodeToString(sha(key.(ed25519.PublicKey)))[:16]] = key.(ed25519.PublicKey) }
	return keys }
func check(keys map[string]ed25519.PublicKey, p Proof, entry []byte) {
	signature, err := base64.StdEncoding.Strict().DecodeString(p.Head.Signature)
	text := fmt.Sprintf("brushwatch/v1/tree/%s/%d/%s", p.Head.Tree, p.Head.Size, p.Head.Root)
	must(err == nil && len(keys[p.Head.Key]) == 32 && ed25519.Verify(keys[p.Head.Key], []byte(text), signature), "the head is not signed by a trusted key")
	must(p.Proof == "inclusion" && p.Index < p.Head.Size, "not a proof of inclusion")
	hash := sha([]byte{0}, bytes.TrimSuffix(entry, []byte("\n")))
	must(bytes.Equal(hash, unhex(p.Leaf)), "another entry")
	at, last := p.Index, p.Head.Size-1
	for _, step := range p.Path {
		must(last > 0, "the path is too long")
		if at%2 == 1 || at == last {
			hash = sha([]byte{1}, unhex(step), hash)
			for at%2 == 0 && at > 0 { at, last = at>>1, last>>1 }
		} else { hash = sha([]byte{1}, hash, unhex(step)) }
		at, last = at>>1, last>>1
	}
	must(last == 0 && bytes.Equal(hash, unhex(p.Head.Root)), "not in this tree") }
func main() {
	defer func() { if why := recover(); why != nil { fmt.Println("NOT PROVEN:", why); os.Exit(3) } }()
	var p Proof
	must(json.Unmarshal(read(os.Args[2]), &p) == nil, "not a proof")
	check(trusted(os.Args[1]), p, read(os.Args[3]))
	fmt.Println("proven", p.Head.Tree, p.Head.Size) }
