#pragma once
/// What the doors must remember when another instance leads: a store whose every change stands in a compacted topic as well, from which
/// whoever takes the lead fills its own.
///
/// Shape    one record a row, keyed by the row's name: "+name\nvalue", or "-name" for one that is erased, followed by a tombstone.
/// Order    of a batch the rows that are put come before those that are erased, and of those a message's before its endpoint's place: a
///          leader that dies within a batch leaves rows of which the next one sends something again and forgets nothing.
/// Secret   the rows hold the keys that sign webhooks: nobody but the program may read the topic.
/// Threads  as the store beneath; write() of one thread at a time.
/// Fails    an instance that was stopped while it led writes once what it knew, when it goes on, before it hears that it does not lead: what
///          people changed of an endpoint in between may be as before. Messages are sent again at most.

#include <functional>
#include <memory>

#include "connectors/kafka/kafka_sink.h"
#include "state/store.h"

namespace brushwatch::app {

class SharedRows final : public StateStore {
 public:
  using Open = std::function<Result<std::unique_ptr<KafkaSink>>()>;
  SharedRows(std::unique_ptr<StateStore> own, Open open) : own_(std::move(own)), open_(std::move(open)) {}

  /// This instance leads: its own rows become what the topic holds; an empty topic gets them instead. Before the first write().
  /// Errors: those of a broker, kStateIo, kStateCorrupt for a record that is none.
  Result<void> take_over();

  Result<std::optional<std::string>> get(std::string_view key) override { return own_->get(key); }
  Result<void> multi_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values) override { return own_->multi_get(keys, values); }
  /// Errors: kNotReady before take_over(); those of a broker: then nothing of it is in the own store.
  Result<void> write(const StoreBatch& batch) override;
  Result<void> scan_from(std::string_view from, std::string_view prefix, const Visit& visit) override { return own_->scan_from(from, prefix, visit); }
  Result<void> snapshot(const std::string& directory) override { return own_->snapshot(directory); }

 private:
  Result<void> publish(const StoreBatch& batch);
  std::unique_ptr<StateStore> own_;
  Open open_;
  std::unique_ptr<KafkaSink> topic_;
};

}  // namespace brushwatch::app
