-- Records that a worker is there, and tells what is wanted of it.
--
-- KEYS 1 worker, 2 list of workers, 3 the worker's drain
-- ARGV 1 id, 2 worker as JSON, 3 milliseconds that it is remembered
-- Returns how it is to drain, or '' when it is not
--
-- Atomic, so that a worker in the list always has its record.
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return redis.call('GET', KEYS[3]) or ''
