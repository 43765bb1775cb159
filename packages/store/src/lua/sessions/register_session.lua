-- Makes a checkpoint of a session count, and forgets the commands before it.
--
-- KEYS 1 where the session is, 2 its log
-- ARGV 1 epoch, 2 the checkpoint as JSON, 3 the last entry of the log that is in it, 4 bytes of the entries that it replaces
-- Returns { 1, the checkpoint before as JSON or '' }; { 0 } where another worker has the session, or it is gone
--
-- Atomic, so that checkpoint and log together are always the whole session.
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return { 0 } end
local before = redis.call('HGET', KEYS[1], 'checkpoint') or ''
redis.call('HSET', KEYS[1], 'checkpoint', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'bytes', -ARGV[4])
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[3])
redis.call('XDEL', KEYS[2], ARGV[3])
return { 1, before }
