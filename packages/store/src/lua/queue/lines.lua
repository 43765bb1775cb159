-- The lines that jobs are in.
--
-- KEYS 1 jobs in line
-- ARGV 1 how many lines of a class at most, 2… classes of accelerator
-- Returns names of lines: by class, then by labels
--
-- Atomic, so that a line is not missed that another one empties beside.
--- @include "lines"
local found = {}
for at = 2, #ARGV do
  for _, line in ipairs(lines_of(KEYS[1], ARGV[at], tonumber(ARGV[1]))) do found[#found + 1] = line end
end
return found
