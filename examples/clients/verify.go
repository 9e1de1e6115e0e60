// Are these lines whole, and signed by somebody we trust?   go run verify.go KEYS.pub FILE…   (FILE.sig beside each)
// From a topic: kcat -C -e -t brushwatch.alert.v1 -b HOST:PORT -f '%h\t%s\n' | go run verify.go KEYS.pub alert:-   (or alert:FILE of such lines)
// Prints "ok LINES FILE" or "TAMPERED FILE: why"; exit 3 when anything was.
package main

import ("bytes"; "crypto/ed25519"; "crypto/sha256"; "crypto/x509"; "encoding/base64"; "encoding/hex"; "encoding/pem"; "fmt"; "os"; "regexp"; "strings")

var headForm = regexp.MustCompile(`^\{"output":"([a-z]+)","task":"([a-z]+/\d+)","seq":(\d+),"hash":"([0-9a-f]{64})","key":"([0-9a-f]{16})","signature":"([A-Za-z0-9+/=]+)"\}$`)
var lineForm = regexp.MustCompile(`(?s)^(?:[^\t]*brushwatch-signature=v1a,([0-9a-f]{16}),([A-Za-z0-9+/=]+)[^\t]*\t)?((\{"seq":(\d+),"task":"([a-z]+/\d+)",.*"prev":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\})$`)
func must(ok bool, why string, about ...any) { if !ok { panic(fmt.Sprintf(why, about...)) } }
func hash(parts ...[]byte) string { sum := sha256.Sum256(bytes.Join(parts, nil)); return hex.EncodeToString(sum[:]) }
func trusted(path string) map[string]ed25519.PublicKey {
	keys := map[string]ed25519.PublicKey{}
	for block, more := pem.Decode(read(path)); block != nil; block, more = pem.Decode(more) {
		key, err := x509.ParsePKIXPublicKey(block.Bytes); must(err == nil, "not a public key")
		keys[hash(key.(ed25519.PublicKey))[:16]] = key.(ed25519.PublicKey) }
	return keys }
func read(path string) []byte { data, err := os.ReadFile(path); must(err == nil, "cannot read %s", path); return data }
func lines(data []byte) []string { must(len(data) == 0 || data[len(data)-1] == '\n', "torn"); return strings.Split(string(data), "\n")[:bytes.Count(data, []byte("\n"))] }
func check(keys map[string]ed25519.PublicKey, output, task, seq, digest, key, signature string) {
	bytes, err := base64.StdEncoding.Strict().DecodeString(signature)
	must(err == nil && len(keys[key]) == 32 && ed25519.Verify(keys[key], []byte("brushwatch/v1/"+output+"/"+task+"/"+seq+"/"+digest), bytes), "forged signature") }
func verify(keys map[string]ed25519.PublicKey, path string) (n int) {
	output, signed, last, due, prev := "", map[string]string{}, map[string]string{}, map[string]int{}, map[string]string{}
	var data []byte
	if at := strings.Index(path, ":"); at > 0 { output = path[:at]; if path = path[at+1:]; path == "-" { path = "/dev/stdin" }; data = read(path) } else {
		data = read(path)
		for _, text := range lines(read(path + ".sig")) {
			h := headForm.FindStringSubmatch(text); must(h != nil, "malformed signature")
			check(keys, h[1], h[2], h[3], h[4], h[5], h[6]); output = h[1]
			must(signed[h[2]+" "+h[3]] == "" || signed[h[2]+" "+h[3]] == h[4], "two histories for one place")
			signed[h[2]+" "+h[3]], last[h[2]] = h[4], h[3] }
	}
	for _, text := range lines(data) {
		l := lineForm.FindStringSubmatch(text); must(l != nil, "malformed line %d", n+1); task, seq := l[6], l[5]
		if due[task] == 0 { prev[task] = hash([]byte("brushwatch/" + output + "/" + task)) }
		before, _ := hex.DecodeString(prev[task])
		must(seq == fmt.Sprint(due[task]) && l[7] == prev[task] && hash(before, []byte(l[4])) == l[8], "%s %s: edited, lost or moved", task, seq)
		if l[1] != "" { check(keys, output, task, seq, l[8], l[1], l[2]); signed[task+" "+seq], last[task] = l[8], seq }
		must(signed[task+" "+seq] == "" || signed[task+" "+seq] == l[8], "%s %s: another line was signed", task, seq)
		due[task]++; prev[task] = l[8]; n++
	}
	for task, seq := range last { must(fmt.Sprint(due[task]-1) == seq, "%s: unsigned or cut off", task) }
	must(len(last) == len(due), "a chain without signature or lines"); return n
}
func report(keys map[string]ed25519.PublicKey, path string) (worst int) {
	defer func() { if why := recover(); why != nil { fmt.Printf("TAMPERED %s: %v\n", path, why); worst = 3 } }()
	fmt.Println("ok", verify(keys, path), path); return 0 }
func main() { worst, keys := 0, trusted(os.Args[1]); for _, path := range os.Args[2:] { worst = max(worst, report(keys, path)) }; os.Exit(worst) }
