-- Forgets a data set, unless a job or sweep that has not ended, or a job that is kept, uses it.
--
-- KEYS 1 data set, 2 list of data sets, 3 index of jobs
-- ARGV 1 id
-- Returns 'deleted' | 'in_use' | 'not_found'
--
-- Atomic, so that nothing can be created on it between the check and the deletion.
if redis.call('EXISTS', KEYS[1]) == 0 then return 'not_found' end
if redis.call('ZLEXCOUNT', KEYS[3], '[' .. ARGV[1] .. ':', '(' .. ARGV[1] .. ';') > 0 then return 'in_use' end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return 'deleted'
