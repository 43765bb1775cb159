-- Appends rows of metrics, and drops the oldest frames where there are too many bytes.
--
-- KEYS 1…7: the job's
-- ARGV 1 id, 2 now, 3 epoch, 4 first and 5 last sequence number, 6 frame of scalars, 7 frame of flow ('' for none),
--   8 bytes kept of scalars, 9 bytes kept of flow
-- Returns 'stored' | 'duplicate' | 'gap' | 'fenced'
--
-- Atomic, so that rows are stored once each, in order, by the newest attempt alone.
--- @include "job"
--- @include "frames"
local epoch, first_seq, last_seq = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])

if not holds(epoch) then return refuse(epoch) end
local seq = tonumber(field('seq'))
if last_seq <= seq then return 'duplicate' end
if first_seq ~= seq + 1 then return 'gap' end

local function append(frames, bytes_field, frame, max_bytes)
  redis.call('ZADD', frames, frame_score(tonumber(epoch), last_seq), frame)
  local bytes = redis.call('HINCRBY', RECORD, bytes_field, #frame)
  while bytes > max_bytes and redis.call('ZCARD', frames) > 1 do
    local oldest = redis.call('ZPOPMIN', frames)[1]
    bytes = redis.call('HINCRBY', RECORD, bytes_field, -#oldest)
  end
end

append(SCALARS, 'scalar_bytes', ARGV[6], tonumber(ARGV[8]))
if ARGV[7] ~= '' then append(FLOW, 'flow_bytes', ARGV[7], tonumber(ARGV[9])) end
redis.call('HSET', RECORD, 'seq', last_seq)
return 'stored'
