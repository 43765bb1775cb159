-- All that a job's answer is made of.
--
-- KEYS 1…7: the job's; ARGV 1 id
-- Returns { fields and values of the record (none when there is no such job), attempts as JSON, for a queued job: classes
--   of accelerators and how many jobs of each come before it }
--
-- Atomic, so that state, attempts and place belong together.
local RECORD, ATTEMPTS, WAITING = KEYS[1], KEYS[2], KEYS[7]

local status, accelerator, priority = unpack(redis.call('HMGET', RECORD, 'status', 'accelerator', 'priority'))
local ahead = {}
if status == 'queued' then
  local place = string.format('%07.0f:', priority) .. ARGV[1]
  for _, class in ipairs({ 'any', 'cpu', 'gpu' }) do
    ahead[#ahead + 1] = class
    ahead[#ahead + 1] = redis.call('ZLEXCOUNT', WAITING, '[' .. class .. ':', '(' .. class .. ':' .. place)
  end
end
return { redis.call('HGETALL', RECORD), redis.call('LRANGE', ATTEMPTS, 0, -1), ahead }
