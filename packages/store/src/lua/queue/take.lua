-- Gives a worker the first job in line that fits it: its delivery in BullMQ comes from those that wait to those in hand,
-- under a lock.
--
-- KEYS 1 jobs in line, 2 classes of accelerator whose queue is paused
-- ARGV 1 what the keys of BullMQ's queues begin with, 2 token of the lock, 3 milliseconds that it lasts, 4 the
--   worker's room as JSON, 5 how many jobs of a line to look at, 6 what the keys of records begin and 7 what they end with,
--   8… names of the lines that the worker takes from
-- Returns { class, id, bytes that the job is estimated to need on each device, GPUs }, or nothing when no job fits
--
-- Atomic, so that the job is the first one at the moment at which it is taken. The line alone says which is first: where
-- BullMQ keeps a delivery that waits has no meaning. One that is in hand already is on its way to its claim.
--- @include "room"
local queues, token, lock_ms, look_ahead, before, after = ARGV[1], ARGV[2], ARGV[3], ARGV[5], ARGV[6], ARGV[7]
local room = cjson.decode(ARGV[4])

local paused = {}
for _, class in ipairs(redis.call('HKEYS', KEYS[2])) do paused[class] = true end

local heads = {}
for at = 8, #ARGV do
  local line = ARGV[at]
  local class = string.match(line, '^%a+')
  local members = not paused[class]
    and redis.call('ZRANGEBYLEX', KEYS[1], '[' .. line .. ':', '(' .. line .. ';', 'LIMIT', 0, look_ahead) or {}
  for _, member in ipairs(members) do
    heads[#heads + 1] = { class = class, place = string.sub(member, #line + 2), id = string.match(member, '([^:]+)$') }
  end
end
table.sort(heads, function(a, b) return a.place < b.place end)

-- Whether the delivery waited. Jobs that came back from a lost worker wait in a list, all others in a sorted set.
local function leaves_the_waiting(queue, id)
  return redis.call('ZREM', queue .. 'prioritized', id) == 1 or redis.call('LREM', queue .. 'wait', 1, id) == 1
end

for _, head in ipairs(heads) do
  local queue = queues .. head.class .. ':'
  local bytes, gpus = fitting(before .. head.id .. after, room)
  if bytes and leaves_the_waiting(queue, head.id) then
    redis.call('LPUSH', queue .. 'active', head.id)
    redis.call('SET', queue .. head.id .. ':lock', token, 'PX', lock_ms)
    redis.call('HINCRBY', queue .. head.id, 'ats', 1) -- tells this delivery from a later one of the job: renew_lock.lua
    return { head.class, head.id, string.format('%.0f', bytes), gpus } -- bytes may be more than an integer of Redis, as of a Lua number
  end
end
return false
