-- backup.lua - orders.lua at about so many a second, whatever the server could do: each connection waits between its orders.
-- wrk ... -s backup.lua URL -- PEOPLE WORKS START RATE CONNECTIONS
local dir = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(dir .. "orders.lua")

local begin, mean = init, 0

function init(args)
	begin(args)
	mean = 1000 * tonumber(args[5]) / tonumber(args[4])
end

-- So that they do not come in step.
function delay()
	return math.random(math.floor(mean / 2), math.ceil(mean * 3 / 2))
end
