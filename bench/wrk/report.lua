-- report.lua - what a run of wrk was, as one line of JSON; times in microseconds
function done(summary, latency)
	local errors = summary.errors

	io.write(string.format('\n{"requests":%d,"bytes":%.0f,"us":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}\n', summary.requests, summary.bytes, summary.duration,
		latency:percentile(50), latency:percentile(99), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
