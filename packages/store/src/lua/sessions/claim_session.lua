-- Takes a session whose lease nobody holds. The claim begins an epoch: writes of an earlier one are refused from here on.
--
-- KEYS 1 where the session is, 2 leases
-- ARGV 1 id, 2 now ('' for the server's time), 3 milliseconds of the lease, 4 claims without an answer after which the
--   session fails, 5 why it then has failed
-- Returns nothing where it cannot be taken, else all fields of where the session is
--
-- Atomic, so that of two workers one has it.
--- @include "clock"
local lease = redis.call('ZSCORE', KEYS[2], ARGV[1])
local now = tonumber(time_by(ARGV[2]))
if not lease or tonumber(lease) > now then return {} end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return {}
end
if redis.call('HINCRBY', KEYS[1], 'claims', 1) > tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'failed', ARGV[5])
  redis.call('ZREM', KEYS[2], ARGV[1])
  return {}
end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[3]), ARGV[1])
return redis.call('HGETALL', KEYS[1])
