-- paced.lua - as requests.lua, but each connection rests behind an answer, 64 ms on average: of 64 connections some 1,000 requests a
-- second, as many whether the server is quick or slow, so that the time of an answer is its own and no queue of our making.
local dir = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(dir .. "requests.lua")

function delay()
	return math.random(0, 128)
end
