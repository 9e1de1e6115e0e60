package brushwatch.peers;

import java.util.HashMap;
import java.util.Map;

/** --name value, with defaults. */
public final class Options {
  private final Map<String, String> values = new HashMap<>();

  /** @param defaults name, value, name, value …: also the list of names that exist */
  public Options(String[] args, String... defaults) {
    for (int i = 0; i < defaults.length; i += 2) {
      values.put(defaults[i], defaults[i + 1]);
    }
    for (int i = 0; i < args.length; i += 2) {
      String name = args[i].startsWith("--") ? args[i].substring(2) : "";
      if (!values.containsKey(name) || i + 1 == args.length) {
        throw new IllegalArgumentException("unknown or without a value: " + args[i]);
      }
      values.put(name, args[i + 1]);
    }
  }

  public String text(String name) {
    return values.get(name);
  }

  public int number(String name) {
    return Integer.parseInt(values.get(name));
  }

  public boolean is(String name, String value) {
    return values.get(name).equals(value);
  }
}
