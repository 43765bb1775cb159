-- Forgets a job that has ended: record, attempts, events, metrics, checkpoints, evaluations, replays,
-- deliveries and its places in the index; that of a delivery is dropped when it is due.
--
-- KEYS 1…8: the job's; 9: its checkpoints; 10: its evaluations; 11: its replays
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
redis.call('DEL', RECORD, ATTEMPTS, EVENTS, SCALARS, FLOW, DELIVERIES, KEYS[9], KEYS[10], KEYS[11])
return 'deleted'
