-- Answers a command: from here on it is acknowledged, and whoever computes it again does so without a word.
--
-- KEYS 1 where the session is, 2 the answer
-- ARGV 1 epoch, 2 entry of the log, 3 step, 4 the answer, 5 milliseconds that it is kept, 6 the channel, 7 topic of the
--   answer
-- Returns 1; 0 where another worker has the session, or it is gone
--
-- Atomic, so that an answer that was given is never computed to another.
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'answered', ARGV[2], 'step', ARGV[3])
redis.call('HDEL', KEYS[1], 'claims')
redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
