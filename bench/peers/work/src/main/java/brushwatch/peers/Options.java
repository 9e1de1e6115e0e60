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

  /** The value as "key=value;key=value": settings of the engine itself, to try another tuning. */
  public Map<String, String> pairs(String name) {
    Map<String, String> out = new HashMap<>();
    for (String pair : values.get(name).split(";")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        out.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
    return out;
  }

  public boolean is(String name, String value) {
    return values.get(name).equals(value);
  }
}
