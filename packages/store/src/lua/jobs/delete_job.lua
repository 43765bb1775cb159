-- Forgets a job that has ended: record, attempts, events, metrics, checkpoints, evaluations, replays and its places in the index.
--
-- KEYS 1…7: the job's; 8: its checkpoints; 9: its evaluations; 10: its replays
-- ARGV 1 id, 2 now
-- Returns 'deleted' | 'not_ended' | 'not_found'
--
-- Atomic, so that no list names a job whose record is gone.
--- @include "job"
local status = field('status')
if not status then return 'not_found' end
if #MOVES[status] > 0 then return 'not_ended' end

local ended, rows = ended_places()
redis.call('ZREM', INDEX, 'all:' .. ID, status .. ':' .. ID, (field('sweep') or '') .. ':' .. ID,
  field('dataset') .. ':' .. ID, 'owner:' .. (field('owner') or '') .. ':' .. ID, ended, rows)
redis.call('DEL', RECORD, ATTEMPTS, EVENTS, SCALARS, FLOW, KEYS[8], KEYS[9], KEYS[10])
return 'deleted'
