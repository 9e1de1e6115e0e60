package brushwatch.peers;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * W1 and W2 on the Processor API. Three sub-topologies: shop (input topic), buyer and pair (re-keyed through topics of their own,
 * which the runner makes beforehand: {@code <in>-buyers} and {@code <in>-pairs}).
 */
public final class KStreamsPeer {
  private KStreamsPeer() {}

  public static void main(String[] args) throws Exception {
    Options options =
        new Options(
            args, "bootstrap", "", "in", "", "out", "", "group", "peers-kstreams", "work", "w1", "guarantee", "eos", "state", "",
            "commit-ms", "100", "cache-mib", "0", "threads", "2", "set", "");
    KafkaStreams streams = new KafkaStreams(topology(options), properties(options));
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          Runtime.getRuntime().halt(1);
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
    Progress.start();
    streams.start();
    Thread.currentThread().join();
  }

  private static Topology topology(Options options) {
    boolean pairs = options.is("work", "w2");
    boolean cached = options.number("cache-mib") > 0;
    String in = options.text("in");
    Topology topology = new Topology();
    ByteArrayDeserializer read = new ByteArrayDeserializer();
    ByteArraySerializer write = new ByteArraySerializer();
    topology.addSource("orders", read, read, in);
    topology.addProcessor("shop", () -> new Processors.Shop(pairs), "orders");
    topology.addStateStore(rows("shops", cached), "shop");
    if (!pairs) {
      topology.addSink("alerts", options.text("out"), write, write, "shop");
      return topology;
    }
    topology.addSink("to-buyers", in + "-buyers", write, write, "shop");
    topology.addSource("visits", read, read, in + "-buyers");
    topology.addProcessor("buyer", Processors.Buyer::new, "visits");
    topology.addStateStore(rows("buyers", cached), "buyer");
    topology.addSink("to-pairs", in + "-pairs", write, write, "buyer");
    topology.addSource("meetings", read, read, in + "-pairs");
    topology.addProcessor("pair", Processors.Pair::new, "meetings");
    // The hour is the window; a count lives for the hour after it, then its whole segment is dropped: no deletes.
    StoreBuilder<WindowStore<byte[], byte[]>> counts =
        Stores.windowStoreBuilder(
            Stores.persistentWindowStore("counts", Duration.ofHours(2), Duration.ofHours(1), false), Serdes.ByteArray(),
            Serdes.ByteArray());
    topology.addStateStore(cached ? counts.withCachingEnabled() : counts, "pair");
    topology.addSink("alerts", options.text("out"), write, write, "shop");
    topology.addSink("pair-alerts", options.text("out"), write, write, "pair");
    return topology;
  }

  private static StoreBuilder<KeyValueStore<byte[], byte[]>> rows(String name, boolean cached) {
    StoreBuilder<KeyValueStore<byte[], byte[]>> builder =
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.ByteArray(), Serdes.ByteArray())
            .withLoggingEnabled(Map.of());
    return cached ? builder.withCachingEnabled() : builder;
  }

  private static Properties properties(Options options) {
    Properties p = new Properties();
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, options.text("group"));
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.text("bootstrap"));
    p.put(StreamsConfig.STATE_DIR_CONFIG, options.text("state"));
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.number("threads"));
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
        options.is("guarantee", "eos") ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, options.number("commit-ms"));
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, (long) options.number("cache-mib") << 20);
    p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    p.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksTuning.class);
    // Nobody reads its metrics here.
    p.put(StreamsConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    p.put(StreamsConfig.METRIC_REPORTER_CLASSES_CONFIG, "");
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 2000);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 20);
    // A static member takes its partitions back at once; a dynamic one is waited for until its session ends (45 s).
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), "peer");
    p.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 5);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 131072);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    p.putAll(options.pairs("set"));
    return p;
  }
}
