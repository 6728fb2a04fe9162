-- orders.lua - each request is the order of another person and work: no pair comes twice.
-- wrk ... -s orders.lua URL -- PEOPLE WORKS START   (files: a session a line, an id a line; START: where to go on)
local dir = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(dir .. "report.lua")

local people, works, at, run = {}, {}, 0, 0

local function read(file, into)
	for line in io.lines(file) do
		into[#into + 1] = line
	end
end

function init(args)
	read(args[1], people)
	read(args[2], works)
	at = tonumber(args[3])
	run = at
end

-- The number of people + 1 has no divisor in common with that of works (data.py sees to it), so a person meets all works in turn.
function request()
	local person, work = at % #people + 1, (at + math.floor(at / #people)) % #works + 1

	at = at + 1
	return wrk.format("POST", "/api/orders", {
		["Cookie"] = "session=" .. people[person],
		["Content-Type"] = "application/json",
		["Sec-Fetch-Site"] = "same-origin",
		["Idempotency-Key"] = "bench-" .. run .. "-" .. at,
	}, '{"work":' .. works[work] .. "}")
end
