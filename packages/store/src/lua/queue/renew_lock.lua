-- Renews the lock of a delivery, also where it has run out, for as long as nobody else was given the job.
--
-- KEYS 1 lock, 2 the delivery, 3 deliveries in hand, 4 those that the check for lost locks suspects (all BullMQ's)
-- ARGV 1 token of the lock, 2 milliseconds that it lasts, 3 id of the job, 4 how often the job had been delivered by then
-- Returns 1 when the lock is held, 0 when the job went elsewhere
--
-- Atomic, so that of two who were given a job one after the other, only the second can hold it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if redis.call('HGET', KEYS[2], 'ats') ~= ARGV[4] then return 0 end
if not redis.call('LPOS', KEYS[3], ARGV[3]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SREM', KEYS[4], ARGV[3])
return 1
