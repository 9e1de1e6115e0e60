#include "apps/commands.h"
#include "apps/heap.h"

int main(int argc, char** argv) {
  brushwatch::app::keep_freed_memory();
  return brushwatch::app::run_cli(argc, argv);
}
