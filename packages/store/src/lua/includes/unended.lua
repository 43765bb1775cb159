-- The limits of jobs that have not ended. Needs INDEX.

-- Whether `more` jobs are more than a limit allows: of the owner or of all, '' for no limit. Returns what is full and how many
-- there are.
local function exceeds(owner, more, most_own, most_all)
  if more == 0 then return nil end
  local function count(list)
    return redis.call('ZLEXCOUNT', INDEX, '[' .. list .. ':', '(' .. list .. ';')
  end
  if most_own ~= '' then
    local own = count('unended:' .. owner)
    if own + more > tonumber(most_own) then return 'owner_full', own end
  end
  if most_all ~= '' then
    local all = count('unended')
    if all + more > tonumber(most_all) then return 'service_full', all end
  end
end
