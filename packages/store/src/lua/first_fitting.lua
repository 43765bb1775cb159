-- The first job in line whose estimate fits into the memory of a worker.
--
-- KEYS 1 jobs in line
-- ARGV 1 class of accelerator, 2 memory in bytes, 3 how many jobs to look at, 4 what the keys of records begin and 5 what
--   they end with
-- Returns its place behind the class; '' when none of those looked at fits; false when no job of the class is in line
--
-- Atomic, so that a job that is taken meanwhile is not looked for in vain.
local class, memory = ARGV[1], tonumber(ARGV[2])
local places = redis.call('ZRANGEBYLEX', KEYS[1], '[' .. class .. ':', '(' .. class .. ';', 'LIMIT', 0, ARGV[3])
if #places == 0 then return false end
for _, place in ipairs(places) do
  local estimate = redis.call('HGET', ARGV[4] .. string.match(place, ':(%w+_%w+)$') .. ARGV[5], 'estimate')
  if not estimate or cjson.decode(estimate).memory_bytes <= memory then return string.sub(place, #class + 1) end
end
return ''
