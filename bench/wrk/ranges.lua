-- ranges.lua - each request is the next 1 MiB of a file from anywhere in it.
-- wrk ... -s ranges.lua URL -- PATH COOKIE SIZE        (an empty COOKIE: none is sent)
local dir = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(dir .. "report.lua")

local piece, threads = 1048576, 0
local path, cookie, size

function setup(thread)
	threads = threads + 1
	thread:set("seed", threads)
end

function init(args)
	path, cookie, size = args[1], args[2], tonumber(args[3])
	math.randomseed(seed)
end

function request()
	local from = math.random(0, size - piece)
	local headers = { Range = "bytes=" .. from .. "-" .. from + piece - 1 }

	if cookie ~= "" then
		headers.Cookie = "session=" .. cookie
	end
	return wrk.format("GET", path, headers)
end
