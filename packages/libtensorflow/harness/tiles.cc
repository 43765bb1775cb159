// Every tile of the target, to look at what the compiler makes of them.

#include "products.h"

unroll::Tile tileOf(int rows) { return unroll::kTiles.byRows[rows]; }
