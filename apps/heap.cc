#include "apps/heap.h"

#include <cstdlib>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace brushwatch::app {

void keep_freed_memory() {
#if defined(__GLIBC__)
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that glibc allows; frames and batches of a round are smaller
#endif
}

}  // namespace brushwatch::app
