-- Records a session.
--
-- KEYS 1 records of sessions, 2 ids of the sessions of the owner, 3 where the session is
-- ARGV 1 id, 2 JSON of the record, 3 most sessions of the owner ('' for no limit)
-- Returns { 'created', sessions before } | { 'full', sessions of the owner }
--
-- Atomic, so that of two sessions of which only one is allowed only one is made.
local count = redis.call('SCARD', KEYS[2])
if ARGV[3] ~= '' and count >= tonumber(ARGV[3]) then return { 'full', count } end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[3], 'epoch', 0, 'step', 0, 'bytes', 0)
return { 'created', count }
