// Are these lines whole, and signed by somebody we trust?   java Verify.java KEYS.pub FILE…   (FILE.sig beside each)
// From a topic: kcat -C -e -t brushwatch.alert.v1 -b HOST:PORT -f '%h\t%s\n' | java Verify.java KEYS.pub alert:-   (or alert:FILE of such lines)
// Prints "ok LINES FILE" or "TAMPERED FILE: why"; exit 3 when anything was.
import java.nio.file.*; import java.security.*; import java.security.spec.X509EncodedKeySpec; import java.util.*; import java.util.regex.*;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

public class Verify {
  static final Pattern HEAD = Pattern.compile("\\{\"output\":\"([a-z]+)\",\"task\":\"([a-z]+/\\d+)\",\"seq\":(\\d+),\"hash\":\"([0-9a-f]{64})\",\"key\":\"([0-9a-f]{16})\",\"signature\":\"([A-Za-z0-9+/=]+)\"\\}");
  static final Pattern LINE = Pattern.compile("(?:[^\t]*brushwatch-signature=v1a,([0-9a-f]{16}),([A-Za-z0-9+/=]+)[^\t]*\t)?((\\{\"seq\":(\\d+),\"task\":\"([a-z]+/\\d+)\",.*\"prev\":\"([0-9a-f]{64})\"),\"hash\":\"([0-9a-f]{64})\"\\})", Pattern.DOTALL);
  static void must(boolean ok, String why) { if (!ok) throw new IllegalStateException(why); }
  static String hash(byte[]... parts) throws Exception { var md = MessageDigest.getInstance("SHA-256"); for (var p : parts) md.update(p); return HexFormat.of().formatHex(md.digest()); }
  static Map<String, PublicKey> trusted(String path) throws Exception {
    var keys = new HashMap<String, PublicKey>();
    var pem = Pattern.compile("-----BEGIN PUBLIC KEY-----(.+?)-----END PUBLIC KEY-----", Pattern.DOTALL).matcher(Files.readString(Path.of(path)));
    while (pem.find()) {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(1));   // the last 32 bytes of an Ed25519 key are the key itself
      keys.put(hash(Arrays.copyOfRange(der, der.length - 32, der.length)).substring(0, 16), KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der)));
    }
    return keys;
  }
  static List<String> lines(byte[] data) { must(data.length == 0 || data[data.length - 1] == '\n', "torn"); var all = new ArrayList<>(List.of(new String(data, ISO_8859_1).split("\n", -1))); all.remove(all.size() - 1); return all; }
  static void check(Map<String, PublicKey> keys, String output, String task, String seq, String digest, String key, String signature) throws Exception {
    var ed = Signature.getInstance("Ed25519"); must(keys.containsKey(key), "a key that we do not trust"); ed.initVerify(keys.get(key));
    ed.update(("brushwatch/v1/" + output + "/" + task + "/" + seq + "/" + digest).getBytes(ISO_8859_1)); byte[] raw = Base64.getDecoder().decode(signature); must(Base64.getEncoder().encodeToString(raw).equals(signature) && ed.verify(raw), "forged signature");
  }
  static int verify(Map<String, PublicKey> keys, String path) throws Exception {
    int n = 0, at = path.indexOf(':'); boolean topic = at > 0; String output = topic ? path.substring(0, at) : "", from = path.substring(topic ? at + 1 : 0);
    var signed = new HashMap<String, String>(); var last = new HashMap<String, Long>(); var due = new HashMap<String, Long>(); var prev = new HashMap<String, String>();
    if (!topic) for (var text : lines(Files.readAllBytes(Path.of(from + ".sig")))) {
      var h = HEAD.matcher(text); must(h.matches(), "malformed signature"); check(keys, output = h.group(1), h.group(2), h.group(3), h.group(4), h.group(5), h.group(6));
      var old = signed.put(h.group(2) + " " + h.group(3), h.group(4)); must(old == null || old.equals(h.group(4)), "two histories for one place"); last.put(h.group(2), Long.valueOf(h.group(3)));
    }
    for (var text : lines(from.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(from)))) {
      var l = LINE.matcher(text); must(l.matches(), "malformed line " + ++n); String task = l.group(6), place = task + " " + l.group(5); long seq = due.getOrDefault(task, 0L);
      String before = prev.getOrDefault(task, hash(("brushwatch/" + output + "/" + task).getBytes(ISO_8859_1)));
      must(l.group(5).equals("" + seq) && l.group(7).equals(before) && hash(HexFormat.of().parseHex(before), l.group(4).getBytes(ISO_8859_1)).equals(l.group(8)), place + ": edited, lost or moved");
      if (l.group(1) != null) { check(keys, output, task, l.group(5), l.group(8), l.group(1), l.group(2)); signed.put(place, l.group(8)); last.put(task, seq); }
      must(signed.getOrDefault(place, l.group(8)).equals(l.group(8)), place + ": another line was signed"); due.put(task, seq + 1); prev.put(task, l.group(8));
    }
    for (var e : due.entrySet()) must(e.getValue() - 1 == last.getOrDefault(e.getKey(), -1L), e.getKey() + ": unsigned or cut off");
    must(last.keySet().equals(due.keySet()), "a chain without lines"); return n;
  }
  public static void main(String[] args) throws Exception {
    int worst = 0; var keys = trusted(args[0]);
    for (var path : List.of(args).subList(1, args.length)) try { System.out.println("ok " + verify(keys, path) + " " + path); } catch (Exception e) { System.out.println("TAMPERED " + path + ": " + e.getMessage()); worst = 3; }
    System.exit(worst);
  }
}
