-- Puts a reference to a segment in the place of the frames whose rows the segment has.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 epoch ('' for a job that has ended, which nobody holds), 4 'scalars' or 'flow', 5 the reference, a
--   frame, 6 pyramid as JSON ('' for none)
-- Returns 'archived' (also when repeated) | 'fenced' | 'gap'
--
-- Atomic, so that at every moment each row is either in a frame or in a segment that is referred to.
--- @include "job"
--- @include "frames"
local epoch, reference = tonumber(ARGV[3]), ARGV[5]
local frames, bytes_field, pyramid_field = SCALARS, 'scalar_bytes', 'pyramid'
if ARGV[4] == 'flow' then frames, bytes_field, pyramid_field = FLOW, 'flow_bytes', 'flow_pyramid' end
local of = frame_head(reference)

local status = field('status')
local has_ended = ARGV[3] == '' and status and #MOVES[status] == 0
if not has_ended and not holds(ARGV[3]) then return 'fenced' end
-- A server that crashed may have forgotten rows that the segment has: they come again first.
if of.epoch == epoch and of.last_seq > tonumber(field('seq')) then return 'gap' end

local first, last = frame_score(of.epoch, of.first_seq), frame_score(of.epoch, of.last_seq)
for _, frame in ipairs(redis.call('ZRANGEBYSCORE', frames, first, last)) do
  if not frame_head(frame).archived then redis.call('HINCRBY', RECORD, bytes_field, -#frame) end
  redis.call('ZREM', frames, frame)
end
redis.call('ZADD', frames, last, reference)
if ARGV[6] ~= '' then redis.call('HSET', RECORD, pyramid_field, ARGV[6]) end
if has_ended and not has_rows() then
  local _, rows_place = ended_places()
  redis.call('ZREM', INDEX, rows_place)
end
return 'archived'
