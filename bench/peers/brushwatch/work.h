#pragma once
/// W1 and W2 (../README.md) as ordinary detectors: columns of rows, events between stages, lines from the last stage.
///
/// The folds of the rows are those of the bare loop (../bare/work.h): what differs between the two programs is the engine.

#include "detectors/detector_stage.h"
#include "engine/stage/pipeline.h"

namespace brushwatch::peers {

/// The four stages of W1 (w2 = false) or W2, and their parameters. The object outlives the pipeline that it is given to.
class WorkStages {
 public:
  explicit WorkStages(bool w2);
  [[nodiscard]] std::vector<StageSpec> specs() const;
  [[nodiscard]] Rules rules() const;

 private:
  std::vector<std::unique_ptr<DetectorStage>> stages_;
  std::unique_ptr<StageOperator> lines_;
};

}  // namespace brushwatch::peers
