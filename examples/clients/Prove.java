// Is this entry in the signed tree?   java Prove.java KEYS.pub PROOF.json ENTRY   (of /public/proofs/ID and /public/entries/ID, or any line)
// Prints "proven TREE SIZE" or "NOT PROVEN: why"; exit 3 when it is not. Hashing: RFC 9162 §2.1. Growth: prove.py.
import java.nio.file.*; import java.security.*; import java.security.spec.X509EncodedKeySpec; import java.util.*; import java.util.regex.*;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

public class Prove {
  static void must(boolean ok, String why) { if (!ok) throw new IllegalStateException(why); }
  static byte[] sha(byte[]... parts) throws Exception { var md = MessageDigest.getInstance("SHA-256"); for (var p : parts) md.update(p); return md.digest(); }
  static byte[] unhex(String text) { return HexFormat.of().parseHex(text); }
  static Map<String, PublicKey> trusted(String path) throws Exception {
    var keys = new HashMap<String, PublicKey>();
    var pem = Pattern.compile("-----BEGIN PUBLIC KEY-----(.+?)-----END PUBLIC KEY-----", Pattern.DOTALL).matcher(Files.readString(Path.of(path)));
    while (pem.find()) {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(1));   // the last 32 bytes of an Ed25519 key are the key itself
      keys.put(HexFormat.of().formatHex(sha(Arrays.copyOfRange(der, der.length - 32, der.length))).substring(0, 16), KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der)));
    }
    return keys;
  }
  static String check(Map<String, PublicKey> keys, String proof, byte[] entry) throws Exception {
    var p = Pattern.compile("\\{\"proof\":\"inclusion\",\"index\":(\\d+),\"leaf\":\"([0-9a-f]{64})\",\"path\":\\[([^\\]]*)\\],\"head\":\\{\"tree\":\"([a-z0-9_/]+)\",\"size\":(\\d+),\"root\":\"([0-9a-f]{64})\",\"key\":\"([0-9a-f]{16})\",\"signature\":\"([A-Za-z0-9+/=]+)\"\\}\\}\\s*").matcher(proof);
    must(p.matches(), "not a signed proof of inclusion"); must(keys.containsKey(p.group(7)), "a key that we do not trust");
    var ed = Signature.getInstance("Ed25519"); ed.initVerify(keys.get(p.group(7)));
    ed.update(("brushwatch/v1/tree/" + p.group(4) + "/" + p.group(5) + "/" + p.group(6)).getBytes(ISO_8859_1));
    must(ed.verify(Base64.getDecoder().decode(p.group(8))), "forged signature");
    int length = entry.length > 0 && entry[entry.length - 1] == '\n' ? entry.length - 1 : entry.length;
    byte[] hash = sha(new byte[] {0}, Arrays.copyOf(entry, length)); must(Arrays.equals(hash, unhex(p.group(2))), "another entry");
    long at = Long.parseLong(p.group(1)), last = Long.parseLong(p.group(5)) - 1; must(at <= last, "not an entry of this tree");
    for (var step = Pattern.compile("\"([0-9a-f]{64})\"").matcher(p.group(3)); step.find(); at >>= 1, last >>= 1) {
      must(last > 0, "the path is too long");
      if (at % 2 == 1 || at == last) { hash = sha(new byte[] {1}, unhex(step.group(1)), hash); for (; at % 2 == 0 && at > 0; at >>= 1) last >>= 1; }
      else hash = sha(new byte[] {1}, hash, unhex(step.group(1)));
    }
    must(last == 0 && Arrays.equals(hash, unhex(p.group(6))), "not in this tree"); return p.group(4) + " " + p.group(5);
  }
  public static void main(String[] args) {
    try { System.out.println("proven " + check(trusted(args[0]), Files.readString(Path.of(args[1])), Files.readAllBytes(Path.of(args[2])))); }
    catch (Exception e) { System.out.println("NOT PROVEN: " + e.getMessage()); System.exit(3); }
  }
}
