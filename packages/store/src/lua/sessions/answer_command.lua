-- Answers a command: from here on it is acknowledged, and whoever computes it again does so without a word. The answer is sent
-- to who waits for it, and kept with the newest ones for who does not receive it, or sends the command again.
--
-- KEYS 1 where the session is, 2 its answers, 3 its newest updates, 4 its newest files
-- ARGV 1 epoch, 2 entry of the log, 3 step, 4 name of the answer, 5 the answer, 6 the channel of who waits, 7 most bytes of an
--   answer that is sent there, 8 most answers whose names are kept, 9 most bytes of those that are kept whole, but for the
--   newest, 10 milliseconds that they are kept, 11 type of the command ('' where it is refused), 12 most updates and files
-- Returns 1; 0 where another worker has the session, or it is gone
--
-- Atomic, so that an answer that was given is never computed to another.
local SESSION, ANSWERS = KEYS[1], KEYS[2]
local NAME, ANSWER, MOST_BYTES = ARGV[4], ARGV[5], tonumber(ARGV[9])
local epoch, claims = unpack(redis.call('HMGET', SESSION, 'epoch', 'claims'))
if epoch ~= ARGV[1] then return 0 end
local batch = ARGV[11] == 'forward_backward' and { 'batch', NAME } or {}
redis.call('HSET', SESSION, 'answered', ARGV[2], 'step', ARGV[3], unpack(batch))
if claims then redis.call('HDEL', SESSION, 'claims') end

-- The newest of those that are asked for with the session.
local NEWEST, MOST = { optim_step = KEYS[3], save = KEYS[4] }, tonumber(ARGV[12])
local list = NEWEST[ARGV[11]]
if list and redis.call('LPUSH', list, ANSWER) > MOST then redis.call('LTRIM', list, 0, MOST - 1) end

local first, whole, last, bytes = unpack(redis.call('HMGET', ANSWERS, 'first', 'whole', 'last', 'bytes'))
first, whole, last, bytes = tonumber(first or 1), tonumber(whole or 1), (last or 0) + 1, (bytes or 0) + string.len(ANSWER)

-- Leaves an empty answer in place of the oldest that is whole.
local function empty()
  local place = 'a:' .. redis.call('HGET', ANSWERS, 'n:' .. whole)
  bytes = bytes - redis.call('HSTRLEN', ANSWERS, place)
  redis.call('HSET', ANSWERS, place, '')
  whole = whole + 1
end
while whole < last and bytes > MOST_BYTES do empty() end
while last - first >= tonumber(ARGV[8]) do
  if whole == first then empty() end
  local name = redis.call('HGET', ANSWERS, 'n:' .. first)
  redis.call('HDEL', ANSWERS, 'n:' .. first, 'a:' .. name, 'd:' .. name)
  first = first + 1
end
local counts = { 'first', first, 'whole', whole, 'last', last, 'bytes', bytes }
redis.call('HSET', ANSWERS, 'n:' .. last, NAME, 'a:' .. NAME, ANSWER, unpack(counts))
redis.call('PEXPIRE', ANSWERS, ARGV[10])
redis.call('PUBLISH', ARGV[6], string.len(ANSWER) <= tonumber(ARGV[7]) and NAME .. ' ' .. ANSWER or NAME)
return 1
