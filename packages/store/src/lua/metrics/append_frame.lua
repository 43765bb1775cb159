-- Appends rows of metrics, unless those that wait to be archived are too many bytes already.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 epoch, 4 first and 5 last sequence number, 6 frame of scalars, 7 frame of flow ('' for none),
--   8 bytes of scalars and 9 bytes of flow that may wait; a frame alone is always taken
-- Returns 'stored' | 'duplicate' | 'gap' | 'fenced' | 'full'
--
-- Atomic, so that rows are stored once each, in order, by the newest attempt alone.
--- @include "job"
--- @include "frames"
local epoch, first_seq, last_seq = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local parts = {
  { frames = SCALARS, bytes_field = 'scalar_bytes', frame = ARGV[6], max_bytes = tonumber(ARGV[8]) },
  { frames = FLOW, bytes_field = 'flow_bytes', frame = ARGV[7], max_bytes = tonumber(ARGV[9]) },
}

if not holds(epoch) then return refuse(epoch) end
local seq = tonumber(field('seq'))
if last_seq <= seq then return 'duplicate' end
if first_seq ~= seq + 1 then return 'gap' end

for _, part in ipairs(parts) do
  local bytes = tonumber(field(part.bytes_field) or '0')
  if bytes > 0 and #part.frame > 0 and bytes + #part.frame > part.max_bytes then return 'full' end
end
for _, part in ipairs(parts) do
  if #part.frame > 0 then
    redis.call('ZADD', part.frames, frame_score(tonumber(epoch), last_seq), part.frame)
    redis.call('HINCRBY', RECORD, part.bytes_field, #part.frame)
  end
end
redis.call('HSET', RECORD, 'seq', last_seq)
return 'stored'
