// Every tile of the target and the loop that measures its peak, to look at what the compiler makes of them.

#include "peak.h"
#include "products.h"

unroll::Tile panelTile(int rows) { return unroll::kPanelTiles.of[rows]; }
unroll::Tile vectorTile(int rows) { return unroll::kVectorTiles.of[rows]; }
unroll::Tile narrowTile(int rows) { return unroll::kNarrowTiles.of[rows]; }

void peak(int64_t count, float* sums) { unroll::chains(count, 0.5f, 1.0f, sums); }
