-- Brings the places of jobs by when they ended up to date: those of jobs that an older release ended are missing, and those
-- of jobs that it deleted are left over.
--
-- KEYS 1 index of jobs
-- ARGV 1 what the keys of records begin and 2 what they end with, 3 '1' where places are given, else ids, 4… those
-- Returns how many places were added or dropped
--
-- Atomic, so that a job that is deleted meanwhile gets no place.
--- @states
local INDEX = KEYS[1]
local before, after, are_places = ARGV[1], ARGV[2], ARGV[3] == '1'
local changed = 0
for at = 4, #ARGV do
  local id = are_places and string.match(ARGV[at], '([^:]+)$') or ARGV[at]
  local status, finished_at, scalar_bytes, flow_bytes =
    unpack(redis.call('HMGET', before .. id .. after, 'status', 'finished_at', 'scalar_bytes', 'flow_bytes'))
  if are_places and not status then
    changed = changed + redis.call('ZREM', INDEX, ARGV[at])
  elseif not are_places and status and finished_at and #MOVES[status] == 0 then
    local place = string.format('%015.0f:', finished_at) .. id
    changed = changed + redis.call('ZADD', INDEX, 0, 'ended:' .. place)
    if tonumber(scalar_bytes or '0') + tonumber(flow_bytes or '0') > 0 then
      redis.call('ZADD', INDEX, 0, 'rows:' .. place)
    end
  end
end
return changed
