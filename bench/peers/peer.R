# Rscript peer.R FOLDER N P: holds the matrix FOLDER/X.f32 (float32, a feature after the other) and answers requests, a line of
# JSON each, by a line of JSON. Reading, writing and copying rows are not timed, except where the copy is part of the work.
suppressPackageStartupMessages({
  library(glmnet)
  library(ranger)
  library(jsonlite)
})
args <- commandArgs(TRUE)
n <- as.integer(args[2])
p <- as.integer(args[3])
x <- matrix(readBin(file.path(args[1], "X.f32"), "numeric", n * p, size = 4), n, p, dimnames = list(NULL, paste0("g", seq_len(p))))

# Core-seconds of this process, and seconds of the clock.
timed <- function(expr) {
  gc()
  time <- system.time(value <- expr)
  list(value = value, seconds = sum(time[1:2]), elapsed = time[["elapsed"]])
}
responseOf <- function(q) if (q$family == "gaussian") q$y else factor(q$y)
nonzero <- function(b) if (is.list(b)) sort(unique(unlist(lapply(b, nonzero)))) else which(as.matrix(b)[-1, 1] != 0)

# Mean loss + penalty on columns of unit variance (1/n) at every lambda, in units of our solver: a numeric target of unit variance.
objectives <- function(fit, q) {
  sdX <- sqrt(colMeans(x^2) - colMeans(x)^2)
  sdY <- if (q$family == "gaussian") sqrt(mean((q$y - mean(q$y))^2)) else 1
  betas <- if (is.list(fit$beta)) fit$beta else list(fit$beta)
  penalty <- Reduce(`+`, lapply(betas, function(beta) {
    b <- beta * (sdX / sdY)
    q$alpha * colSums(abs(b)) + (1 - q$alpha) / 2 * colSums(b^2)
  }))
  loss <- fit$nulldev * (1 - fit$dev.ratio) / (2 * n * sdY^2)
  unname(loss + fit$lambda / sdY * penalty)
}

tasks <- list(
  versions = function(q) {
    list(R = paste(R.version$major, R.version$minor, sep = "."), glmnet = as.character(packageVersion("glmnet")),
      ranger = as.character(packageVersion("ranger")), doMC = requireNamespace("doMC", quietly = TRUE))
  },
  cv = function(q) {
    y <- responseOf(q)
    parallel <- !is.null(q$threads) && q$threads > 1
    if (parallel) doMC::registerDoMC(q$threads)
    time <- timed(cv <- cv.glmnet(x, y, family = q$family, alpha = q$alpha, foldid = q$folds, parallel = parallel))
    list(seconds = time$seconds, elapsed = time$elapsed, lambda = cv$lambda, cvm = cv$cvm,
      objective = objectives(cv$glmnet.fit, q), active = nonzero(coef(cv, s = "lambda.min")) - 1L)
  },
  entry = function(q) {
    y <- responseOf(q)
    time <- timed(entered <- lapply(q$draws, function(rows) {
      half <- glmnet(x[rows, ], y[rows], family = q$family, alpha = q$alpha, dfmax = q$q)
      which(rowSums(half$beta != 0) > 0) - 1L
    }))
    list(seconds = time$seconds, elapsed = time$elapsed, entered = lapply(entered, unname))
  },
  forest = function(q) {
    time <- timed(forest <- ranger(x = x, y = factor(q$y), num.trees = q$trees, mtry = q$mtry, min.node.size = q$node,
      importance = "impurity", num.threads = 1, seed = q$seed, write.forest = FALSE, verbose = FALSE))
    list(seconds = time$seconds, elapsed = time$elapsed, oob = forest$prediction.error,
      importance = unname(forest$variable.importance))
  },
  # One method on one resample a task, on `threads` processes, a new one as soon as another is done: as our threads do it.
  example = function(q) {
    y <- factor(q$y)
    units <- expand.grid(draw = seq_along(q$draws), method = c("rf_importance", "elastic_net", "lasso"), stringsAsFactors = FALSE)
    path <- function(rows, alpha) {
      half <- glmnet(x[rows, ], y[rows], family = "binomial", alpha = alpha, dfmax = q$q)
      firstToEnter(half$beta, q$q)
    }
    forest <- function(rows) {
      half <- ranger(x = x[rows, ], y = y[rows], num.trees = q$trees, mtry = q$mtry, min.node.size = q$node,
        importance = "impurity", num.threads = 1, seed = q$seed, write.forest = FALSE, verbose = FALSE)
      order(half$variable.importance, decreasing = TRUE)[seq_len(q$q)] - 1L
    }
    run <- function(u) {
      rows <- q$draws[[units$draw[u]]]
      switch(units$method[u], lasso = path(rows, 1), elastic_net = path(rows, 0.5), rf_importance = forest(rows))
    }
    # a process for each of the threads, which takes every so-many-th unit: forking one for each would cost more than the lasso
    # each tells its own core-seconds: a forked process that is waited for late would be missed from here
    time <- timed(done <- parallel::mclapply(seq_len(nrow(units)), function(u) {
      spent <- system.time(chosen <- run(u))
      list(chosen = chosen, seconds = sum(spent[1:2]))
    }, mc.cores = q$threads, mc.preschedule = TRUE))
    list(seconds = sum(sapply(done, `[[`, "seconds")), elapsed = time$elapsed,
      selected = split(lapply(done, `[[`, "chosen"), units$method))
  }
)

# The first q features of a path, within a lambda the larger coefficient on unit variance first (scales are all but equal here).
firstToEnter <- function(beta, q) {
  entry <- apply(beta != 0, 1, function(on) if (any(on)) which(on)[1] else NA)
  entered <- which(!is.na(entry))
  size <- abs(as.matrix(beta)[cbind(entered, entry[entered])])
  unname(entered[order(entry[entered], -size)][seq_len(min(q, length(entered)))]) - 1L
}

input <- file("stdin")
open(input)
while (length(line <- readLines(input, 1)) > 0) {
  q <- fromJSON(line, simplifyMatrix = FALSE)
  answer <- tryCatch(tasks[[q$task]](q), error = function(e) list(error = conditionMessage(e)))
  cat(toJSON(answer, auto_unbox = TRUE, digits = NA), "\n", sep = "")
  flush(stdout())
}
