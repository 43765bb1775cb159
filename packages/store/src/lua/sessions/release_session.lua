-- Gives a session up: to sleep, or where a command waits to whoever takes it.
--
-- KEYS 1 where the session is, 2 its log, 3 leases
-- ARGV 1 id, 2 epoch, 3 the channel, 4 its topic for workers that look for sessions
-- Returns 'asleep' | 'waiting' | 'fenced'
--
-- Atomic, so that no command is left in the log of a session that nobody looks for.
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[2] then return 'fenced' end
redis.call('HDEL', KEYS[1], 'claims')
local answered = redis.call('HGET', KEYS[1], 'answered') or '0-0'
if #redis.call('XRANGE', KEYS[2], '(' .. answered, '+', 'COUNT', 1) == 0 then
  redis.call('ZREM', KEYS[3], ARGV[1])
  return 'asleep'
end
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 'waiting'
