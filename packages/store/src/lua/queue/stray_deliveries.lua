-- Deliveries that wait in BullMQ though their job is paused, has ended or is deleted: whoever was to take them out died.
--
-- KEYS none: those of BullMQ and of the records follow from the arguments
-- ARGV 1 what the keys of the queue begin with, 2 first and 3 last rank to look at, 4 what the keys of records begin and 5
--   what they end with
-- Returns { how many were looked at in order, ids … }
--
-- Atomic, so that a job that comes into line meanwhile is not called stray; and one call for many, as a long queue is looked
-- at every few seconds.
--- @states
local queue, from, to, before, after = unpack(ARGV)
local waiting = redis.call('ZRANGE', queue .. 'prioritized', from, to)
local found = { #waiting }
if from == '0' then
  for _, id in ipairs(redis.call('LRANGE', queue .. 'wait', 0, -1)) do waiting[#waiting + 1] = id end
end
for _, id in ipairs(waiting) do
  local status = redis.call('HGET', before .. id .. after, 'status')
  if not status or status == 'paused' or #MOVES[status] == 0 then found[#found + 1] = id end
end
return found
