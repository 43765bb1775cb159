-- Whether a job is in line, and handed out, that a worker has room for.
--
-- KEYS 1 jobs in line, 2 classes of accelerator whose queue is paused
-- ARGV 1 name of the line, 2 the worker's room as JSON, 3 how many jobs to look at, 4 what the keys of records begin and 5 what they
--   end with
-- Returns 1 when one of those looked at fits, else 0
--
-- Atomic, so that a job that is taken meanwhile is not looked for in vain.
--- @include "room"
local line, room = ARGV[1], cjson.decode(ARGV[2])
if redis.call('HEXISTS', KEYS[2], string.match(line, '^%a+')) == 1 then return 0 end
local places = redis.call('ZRANGEBYLEX', KEYS[1], '[' .. line .. ':', '(' .. line .. ';', 'LIMIT', 0, ARGV[3])
for _, place in ipairs(places) do
  if fitting(ARGV[4] .. string.match(place, ':(%w+_%w+)$') .. ARGV[5], room) then return 1 end
end
return 0
