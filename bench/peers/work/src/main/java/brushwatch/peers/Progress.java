package brushwatch.peers;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the work done in this process and prints it every 50 ms while it changes: "progress &lt;orders&gt; &lt;buyer records&gt;
 * &lt;pair updates&gt;". The runner takes the process's CPU time when the last count is complete, so a stage that lags is not cut off.
 */
public final class Progress {
  public static final LongAdder ORDERS = new LongAdder();
  public static final LongAdder BUYERS = new LongAdder();
  public static final LongAdder PAIRS = new LongAdder();

  private Progress() {}

  public static void start() {
    Thread thread =
        new Thread(
            () -> {
              String told = "progress 0 0 0";
              while (true) {
                try {
                  Thread.sleep(50);
                } catch (InterruptedException e) {
                  return;
                }
                String now = "progress " + ORDERS.sum() + " " + BUYERS.sum() + " " + PAIRS.sum();
                if (!now.equals(told)) {
                  System.out.println(now);
                  System.out.flush();
                  told = now;
                }
              }
            },
            "progress");
    thread.setDaemon(true);
    thread.start();
  }
}
