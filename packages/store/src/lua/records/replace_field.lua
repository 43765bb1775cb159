-- Replaces a record of JSON in a hash, such as that of a registered model or a key, unless it has changed since it was read.
--
-- KEYS 1 the hash
-- ARGV 1 name, 2 JSON as it was read ('' where there was none), 3 new JSON ('' deletes it)
-- Returns 1; 0 where it has changed
--
-- Atomic, so that of two changes at the same time none is lost.
local before = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if before ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
