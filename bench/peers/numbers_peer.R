# numbers_peer.R - what numbers_bench.c times, by R, with the same arguments: a vector of CALLS a time, CPU time of the process.
calls <- as.numeric(commandArgs(TRUE)[1])
cpu <- function(f) { t <- system.time(f()); unname(t["user.self"] + t["sys.self"]) }
say <- function(key, value) cat(sprintf('{"key":"%s","value":%.5g}\n', key, value))
share <- (seq_len(calls) - .5) / calls
z <- -4 + 8 * share; few <- floor(21 * share); many <- floor(250 + 101 * share); above <- 20 * share
time <- function(key, f) say(key, cpu(f) / calls * 1e9)
time("pnorm", function() pnorm(z)); time("qnorm", function() qnorm(share))
time("ppois", function() ppois(few, 10)); time("qpois", function() qpois(share, 10))
time("dbinom", function() dbinom(many, 1000, .3)); time("pbinom", function() pbinom(many, 1000, .3)); time("qbinom", function() qbinom(share, 1000, .3))
time("pt", function() pt(z, 7)); time("pchisq", function() pchisq(above, 5))
rows <- 200000; x <- matrix(rnorm(rows * 20), rows); y <- drop(x %*% (1:20)) + rnorm(rows)
say("lm", cpu(function() { m <- lm(y ~ x); summary(m); hatvalues(m) }) * 1e3)
