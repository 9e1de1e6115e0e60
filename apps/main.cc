#include "apps/commands.h"

int main(int argc, char** argv) {
  return brushwatch::app::run_cli(argc, argv);
}
