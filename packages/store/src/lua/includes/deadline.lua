-- The end of a job at its deadline.
local function fail_at_deadline()
  local seconds = (tonumber(field('deadline_at')) - tonumber(field('created_at'))) / 1000
  local message = string.format('Cannot go on as deadline_seconds is %.0f: so long ago the job was created', seconds)
  local error = { code = 'deadline_exceeded', message = message, pointer = '/deadline_seconds' }
  redis.call('HSET', RECORD, 'error', cjson.encode(error))
  enter('failed', 'deadline_exceeded')
end
