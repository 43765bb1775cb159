-- Deletes a session with its log: its worker learns of it by its next write.
--
-- KEYS 1 records of sessions, 2 ids of the sessions of the owner, 3 where the session is, 4 leases, 5… what else there is of it
-- ARGV 1 id
-- Returns { 1 where there was one, else 0; its checkpoint as JSON, or '' }
--
-- Atomic, so that no command is added to a session that is gone.
local checkpoint = redis.call('HGET', KEYS[3], 'checkpoint') or ''
local is_known = redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('DEL', KEYS[3], unpack(KEYS, 5))
return { is_known, checkpoint }
