package brushwatch.peers;

import java.io.IOException;
import java.time.Duration;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/** W1 and W2 on the DataStream API, in a cluster inside this process. */
public final class FlinkPeer {
  static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;

  private FlinkPeer() {}

  public static void main(String[] args) throws Exception {
    Options options =
        new Options(
            args, "bootstrap", "", "in", "", "out", "", "group", "peers-flink", "work", "w1", "guarantee", "eos", "state", "",
            "backend", "rocksdb", "checkpoint-ms", "1000", "restore", "", "threads", "2", "managed-mib", "768",
            "set", "");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(options.number("threads"), configuration(options));
    DataStream<byte[]> orders =
        env.fromSource(source(options), WatermarkStrategy.noWatermarks(), "orders", BYTES).uid("orders");
    DataStream<byte[]> alerts = orders.keyBy(Order::shop, Types.LONG).process(new Folds.Shop()).returns(BYTES).uid("shop");
    if (options.is("work", "w2")) {
      // Re-keyed from the source and not from the shop's operator: one hop less, and a buyer's orders keep their order.
      DataStream<byte[]> visits = orders.map(Folds::visit).returns(BYTES).uid("visit");
      DataStream<Tuple3<Long, Long, Integer>> pairs =
          visits.keyBy(visit -> Bytes.getLong(visit, 0), Types.LONG).process(new Folds.Buyer()).returns(Folds.PAIR).uid("buyer");
      alerts = alerts.union(pairs.keyBy(pair -> pair, Folds.PAIR).process(new Folds.Pair()).returns(BYTES).uid("pair"));
    }
    alerts.sinkTo(sink(options)).uid("alerts");
    Progress.start();
    env.execute("peers");
  }

  private static Configuration configuration(Options options) {
    Configuration c = new Configuration();
    c.set(StateBackendOptions.STATE_BACKEND, options.is("backend", "heap") ? "hashmap" : "rocksdb");
    c.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    c.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    c.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, "file://" + options.text("state") + "/checkpoints");
    c.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(options.number("checkpoint-ms")));
    c.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE,
        options.is("guarantee", "eos") ? CheckpointingMode.EXACTLY_ONCE : CheckpointingMode.AT_LEAST_ONCE);
    c.set(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION, ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    if (!options.text("restore").isEmpty()) {
      c.set(StateRecoveryOptions.SAVEPOINT_PATH, options.text("restore"));
    }
    c.set(RestartStrategyOptions.RESTART_STRATEGY, "none");  // a failure must be seen, not measured as a slow run
    c.set(PipelineOptions.OBJECT_REUSE, true);               // rows and orders are byte arrays: nothing to copy between operators
    c.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(5));
    c.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(options.number("managed-mib")));
    c.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    c.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    c.setString("io.tmp.dirs", options.text("state") + "/tmp");
    c.setString("state.backend.rocksdb.localdir", options.text("state") + "/rocksdb");
    c.setString("state.backend.rocksdb.use-bloom-filter", "true");
    options.pairs("set").forEach(c::setString);
    return c;
  }

  private static KafkaSource<byte[]> source(Options options) {
    return KafkaSource.<byte[]>builder()
        .setBootstrapServers(options.text("bootstrap"))
        .setTopics(options.text("in"))
        .setGroupId(options.text("group"))
        .setStartingOffsets(OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST))
        .setDeserializer(new Reader())
        .setProperty("max.poll.records", "2000")
        .setProperty("fetch.max.wait.ms", "20")
        .build();
  }

  private static KafkaSink<byte[]> sink(Options options) {
    Properties p = new Properties();
    p.put("transaction.timeout.ms", "300000");  // below the broker's most (15 min), above any checkpoint
    p.put("linger.ms", "5");
    p.put("compression.type", "lz4");
    return KafkaSink.<byte[]>builder()
        .setBootstrapServers(options.text("bootstrap"))
        .setKafkaProducerConfig(p)
        .setRecordSerializer(
            KafkaRecordSerializationSchema.<byte[]>builder()
                .setTopic(options.text("out"))
                .setValueSerializationSchema(new AsIs())
                .build())
        .setDeliveryGuarantee(
            options.is("guarantee", "eos") ? DeliveryGuarantee.EXACTLY_ONCE : DeliveryGuarantee.AT_LEAST_ONCE)
        .setTransactionalIdPrefix(options.text("group"))
        .build();
  }

  /** A class and no lambda: the sink asks for the schema's type argument. */
  private static final class AsIs implements SerializationSchema<byte[]> {
    @Override
    public byte[] serialize(byte[] alert) {
      return alert;
    }
  }

  /** Parses in the source: 52 bytes travel to the shops instead of the whole record. */
  private static final class Reader implements KafkaRecordDeserializationSchema<byte[]> {
    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<byte[]> out) throws IOException {
      out.collect(Order.parse(record.value()));
    }

    @Override
    public TypeInformation<byte[]> getProducedType() {
      return BYTES;
    }
  }
}
