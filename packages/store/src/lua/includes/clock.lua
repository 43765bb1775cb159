-- The time that records are dated and compared by, in milliseconds since 1970, as text: this server's, so that the clocks of
-- those who call count for nothing. A caller that gives one (a test) is believed.
local function time_by(given)
  if given ~= '' then return given end
  local time = redis.call('TIME')
  return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
end
