/// What the programs that run long ask of their heap, jemalloc.

// Large pages wherever the system offers them ("madvise" and "always" of transparent_hugepage/enabled; some distributions ship the one, some the
// other, and a figure should not depend on which). Rows are read at random places: in pages of 4 KiB nearly each read is a walk of the page
// tables besides, and each new slab a score of page faults. What it gave and what it costs: docs/performance/tried.md.
// MALLOC_CONF in the environment overrides it.
extern "C" {
const char* malloc_conf = "thp:always";
}
