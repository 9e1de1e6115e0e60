#include "tests/support/seeds.h"
#include "tests/support/temp_dir.h"
