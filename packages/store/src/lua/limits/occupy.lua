-- Occupies one of the places that a caller may have at the same time. A place that is not held on to becomes free, as one of a
-- process that was killed.
--
-- KEYS 1 the occupied places, by when they become free
-- ARGV 1 now ('' for the server's time), 2 id of the place, 3 milliseconds that it is held, 4 most places
-- Returns { 1 where it is occupied, also when repeated, else 0, places that are }
--
-- Atomic, so that all processes together never occupy more.
--- @include "clock"
local now = tonumber(time_by(ARGV[1]))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
local is_held = redis.call('ZSCORE', KEYS[1], ARGV[2])
local places = redis.call('ZCARD', KEYS[1])
if not is_held and places >= tonumber(ARGV[4]) then return { 0, places } end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { 1, is_held and places or places + 1 }
