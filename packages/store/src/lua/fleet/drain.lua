-- Asks a worker to drain, or to take jobs again.
--
-- KEYS 1 worker, 2 the worker's drain
-- ARGV 1 id, 2 how it is to drain ('' to take jobs again), 3 milliseconds that it is remembered, 4 channel of nudges
-- Returns 'asked' | 'not_found'
--
-- Atomic, so that nothing is asked of a worker that is forgotten.
if redis.call('EXISTS', KEYS[1]) == 0 then return 'not_found' end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[2])
else
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
end
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 'asked'
