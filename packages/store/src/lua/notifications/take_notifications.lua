-- Takes notifications that are due: each is due again after a while, unless it is settled before.
--
-- KEYS 1: the index
-- ARGV 1 now ('' for the server's), 2 milliseconds until a taken one is due again, 3 how many at most
-- Returns their new places in the index
--
-- Atomic, so that of several processes one sends each, and another one sends what a killed process had taken.
--- @include "clock"
local INDEX, now = KEYS[1], time_by(ARGV[1])
local function place(ms)
  return string.format('notify:%015.0f:', ms)
end
local due = redis.call('ZRANGEBYLEX', INDEX, '[notify:', '[' .. place(now) .. '~', 'LIMIT', 0, ARGV[3])
local taken = {}
for at, member in ipairs(due) do
  taken[at] = place(now + ARGV[2]) .. string.sub(member, #place(now) + 1)
  redis.call('ZREM', INDEX, member)
  redis.call('ZADD', INDEX, 0, taken[at])
end
return taken
