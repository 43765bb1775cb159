-- What would come before a job that is not there.
--
-- KEYS 1 jobs in line
-- ARGV 1 priority, 2 an id behind which no other comes, 3 how many lines of a class to count in at most, 4 name of its line
-- Returns { names of lines and how many jobs of each would come before it, alternating }
--
-- Atomic, so that a job that moves meanwhile is not counted twice.
--- @include "lines"
--- @include "ahead"
return ahead_of(KEYS[1], ARGV[4], string.format('%07.0f:', ARGV[1]) .. ARGV[2], tonumber(ARGV[3]))
