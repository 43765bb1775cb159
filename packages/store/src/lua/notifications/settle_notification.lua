-- Writes down how an attempt to deliver a notification went.
--
-- KEYS 1: the index; 2: the deliveries of the job
-- ARGV 1 place of the taken notification in the index, 2 its name, 3 the delivery as JSON, 4 its next place in the index
--   ('' for none)
-- Returns 'settled' | 'taken' (by another process, as this one took too long) | 'gone' (with its job)
--
-- Atomic, so that a notification is due again exactly if its delivery says so, and none is of a deleted job.
local INDEX, DELIVERIES = KEYS[1], KEYS[2]
local place, name, delivery, next_place = unpack(ARGV)
if redis.call('ZREM', INDEX, place) == 0 then return 'taken' end
if redis.call('HEXISTS', DELIVERIES, name) == 0 then return 'gone' end
redis.call('HSET', DELIVERIES, name, delivery)
if next_place ~= '' then redis.call('ZADD', INDEX, 0, next_place) end
return 'settled'
