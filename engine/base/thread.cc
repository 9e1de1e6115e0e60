#include "engine/base/thread.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace brushwatch {
namespace {

/// The kernel's struct sched_attr, first version (sched_setattr(2)); libc has no wrapper of it.
struct SchedAttr {
  std::uint32_t size, policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime_ns, deadline_ns, period_ns;
};

}  // namespace

void come_second() {
  // On Linux a nice value is a thread's own. Each step is a fifth of the weight; ten are nine tenths.
  constexpr int kNice = 10;
  // Since Linux 6.12 who wakes up with a shorter slice interrupts who runs with a longer one; without it a reader's slice is finished first,
  // some 3 ms on which a sender waits. Older kernels do not look at it. 100 ms is the longest that is taken.
  constexpr std::uint64_t kSliceNs = 100'000'000;
  SchedAttr attr{sizeof attr, SCHED_BATCH, 0, kNice, 0, kSliceNs, 0, 0};
  if (::syscall(SYS_sched_setattr, 0, &attr, 0U) != 0) (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

}  // namespace brushwatch
