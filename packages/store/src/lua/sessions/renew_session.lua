-- Holds on to a session.
--
-- KEYS 1 where the session is, 2 leases
-- ARGV 1 id, 2 epoch, 3 now ('' for the server's time), 4 milliseconds of the lease
-- Returns 1; 0 where another has it, or it is gone
--
-- Atomic, so that no lease is prolonged that another worker has taken.
--- @include "clock"
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[2] then return 0 end
redis.call('ZADD', KEYS[2], 'XX', string.format('%.0f', time_by(ARGV[3]) + ARGV[4]), ARGV[1])
return 1
