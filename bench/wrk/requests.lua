-- requests.lua - wrk asks what the lines of a file say, one after the other, round and round; at the end one line of JSON.
-- wrk ... -s requests.lua URL -- FILE COOKIE        (a line is a path with its query)
local dir = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(dir .. "report.lua")

local requests, at = {}, 0

function init(args)
	local headers = { Cookie = "session=" .. args[2] }

	for line in io.lines(args[1]) do
		requests[#requests + 1] = wrk.format("GET", line, headers)
	end
end

function request()
	at = at % #requests + 1
	return requests[at]
end
