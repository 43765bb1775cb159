// How wide the vectors of this file's kernels are, as text that packages/libtensorflow/src/native.ts finds in it.

#include "lanes.h"

#define UNROLL_TEXT(number) #number
#define UNROLL_TEXT_OF(macro) UNROLL_TEXT(macro)

extern "C" __attribute__((used, visibility("default"))) const char unroll_kernels[];
const char unroll_kernels[] = "unroll kernels: " UNROLL_TEXT_OF(UNROLL_LANES) " lanes";
