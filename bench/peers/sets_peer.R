# sets_peer.R FILE SUPPORT ROUNDS - R's arules finds the frequent itemsets of a file of baskets, CPU milliseconds without reading it; one JSON
# object a line. Quiet and with status 3 where R has no arules, which is in no Debian package.
said <- commandArgs(trailingOnly = TRUE)
if (!suppressWarnings(suppressMessages(require(arules, quietly = TRUE)))) quit(status = 3)
from <- gzfile(said[1])
lines <- trimws(readLines(from))
close(from)
baskets <- as(lapply(strsplit(lines[nzchar(lines)], " +"), unique), "transactions")
for (round in seq_len(as.integer(said[3]))) {
	began <- sum(proc.time()[1:2])
	sets <- apriori(baskets, parameter = list(support = (as.integer(said[2]) - .5) / length(baskets), target = "frequent itemsets", maxlen = 200L, maxtime = 0),
	                control = list(verbose = FALSE))
	cat(sprintf('{"value":%.6g,"sets":%d}\n', (sum(proc.time()[1:2]) - began) * 1e3, length(sets)))
}
