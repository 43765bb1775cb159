-- What comes before a place in line. Needs `lines`.

-- Names of lines and how many jobs of each come before a place, alternating; of at most so many lines of a class.
local function ahead_of(waiting, place, most)
  local ahead = {}
  for _, class in ipairs({ 'any', 'cpu', 'gpu' }) do
    for _, line in ipairs(lines_of(waiting, class, most)) do
      ahead[#ahead + 1] = line
      ahead[#ahead + 1] = redis.call('ZLEXCOUNT', waiting, '[' .. line .. ':', '(' .. line .. ':' .. place)
    end
  end
  return ahead
end
