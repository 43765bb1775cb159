-- Adds a command to the log of a session, from which its worker computes it, and another one again after its death.
--
-- KEYS 1 where the session is, 2 its log, 3 leases
-- ARGV 1 id, 2 the command, 3 most bytes of the log, 4 the channel, 5 its topic for workers that look for sessions,
--   6 now ('' for the server's time)
-- Returns 'added' | 'none' | 'failed' | 'full'
--
-- Atomic, so that a session with a command always has a lease: one that somebody holds, or one to be taken.
--- @include "clock"
if redis.call('EXISTS', KEYS[1]) == 0 then return 'none' end
local failed, bytes = unpack(redis.call('HMGET', KEYS[1], 'failed', 'bytes'))
if failed then return 'failed' end
local size = string.len(ARGV[2])
if tonumber(bytes) + size > tonumber(ARGV[3]) then return 'full' end
redis.call('XADD', KEYS[2], '*', 'c', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'bytes', size)
redis.call('ZADD', KEYS[3], 'NX', 0, ARGV[1])
local lease = tonumber(redis.call('ZSCORE', KEYS[3], ARGV[1]))
local topic = lease > tonumber(time_by(ARGV[6])) and ARGV[1] or ARGV[5]
redis.call('PUBLISH', ARGV[4], topic)
return 'added'
