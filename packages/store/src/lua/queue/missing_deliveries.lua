-- Jobs in line that BullMQ has no delivery of.
--
-- KEYS 1 jobs in line
-- ARGV 1 what the keys of BullMQ's queues begin with, 2 where to go on in the line ('-' for its start), 3 how many to look at
-- Returns { the last place looked at ('' at the end of the line), ids of the jobs without a delivery … }
--
-- Atomic, so that a job that is taken meanwhile is not called missing; and one call for many, as a long line is looked at
-- every few seconds.
local places = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[2], '+', 'LIMIT', 0, ARGV[3])
local found = { #places == tonumber(ARGV[3]) and places[#places] or '' }
for _, place in ipairs(places) do
  local accelerator, id = string.match(place, '^(%a+)[^:]*:%d+:(.+)$')
  if redis.call('EXISTS', ARGV[1] .. accelerator .. ':' .. id) == 0 then found[#found + 1] = id end
end
return found
