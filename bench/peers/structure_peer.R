# structure_peer.R FILE ROUNDS - R's bnlearn learns a network of a table of categories by tabu search (50 remembered), CPU milliseconds; one JSON
# object a line. Quiet and with status 3 where R has no bnlearn, which is in no Debian package.
said <- commandArgs(trailingOnly = TRUE)
if (!suppressWarnings(suppressMessages(require(bnlearn, quietly = TRUE)))) quit(status = 3)
rows <- read.csv(gzfile(said[1]), stringsAsFactors = TRUE, colClasses = "factor")
for (round in seq_len(as.integer(said[2]))) {
	for (by in c("bic", "bde")) {
		began <- sum(proc.time()[1:2])
		found <- if (by == "bde") tabu(rows, score = by, iss = 10, tabu = 50) else tabu(rows, score = by, tabu = 50)
		spent <- (sum(proc.time()[1:2]) - began) * 1e3
		score <- if (by == "bde") score(found, rows, type = by, iss = 10) else score(found, rows, type = by)
		cat(sprintf('{"key":"%s","value":%.6g,"score":%.10g}\n', if (by == "bde") "bdeu" else by, spent, score))
	}
}
