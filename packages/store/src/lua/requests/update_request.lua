-- Replaces the record of a request, an evaluation or a replay, that has not ended.
--
-- KEYS 1 requests of the job of the kind, 2 open requests of the kind
-- ARGV 1 id, 2 JSON of the record, 3 place among the open ones, 4 '1' where it has ended with it
-- Returns 1; 0 where there is none, or where it has ended before
--
-- Atomic, so that of two workers that answer it only the first is believed.
if not redis.call('ZSCORE', KEYS[2], ARGV[3]) then return 0 end
local is_known = redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1
if is_known then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
if ARGV[4] == '1' or not is_known then redis.call('ZREM', KEYS[2], ARGV[3]) end
return is_known and 1 or 0
