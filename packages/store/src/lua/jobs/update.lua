-- Writes what a client changed of a job: its name, priority, metadata and whether it is kept.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 revision that the change was made from, 4 specification and 5 metadata as JSON, 6 priority,
--   7 what changed as JSON, 8 '1' to keep the job from being deleted by its age, else ''
-- Returns 'updated' | 'changed' when another change came between | 'ended' when the priority of an ended job was changed
--   | 'not_found'
--
-- Atomic, so that of two changes made from one revision only the first is written.
--- @include "job"
local revision, spec, metadata, priority, changes, kept = unpack(ARGV, 3)
local status = field('status')
if not status or field('expired') then return 'not_found' end -- it is being deleted
if field('revision') ~= revision then return 'changed' end
if priority ~= field('priority') and #MOVES[status] == 0 then return 'ended' end

if status == 'queued' then unlist_as('queued') end
redis.call('HSET', RECORD, 'spec', spec, 'metadata', metadata, 'priority', priority, 'kept', kept,
  'project', cjson.decode(metadata).project or '', 'revision', revision + 1)
if status == 'queued' then list_as('queued') end
local dataset = field('dataset')
if #MOVES[status] == 0 and dataset ~= '' then -- a job that has not ended uses it in any case
  local use = dataset .. ':' .. ID
  if kept == '1' then redis.call('ZADD', INDEX, 0, use) else redis.call('ZREM', INDEX, use) end
end
add_event('job_updated', changes)
return 'updated'
