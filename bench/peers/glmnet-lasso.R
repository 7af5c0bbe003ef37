# Rscript glmnet-lasso.R FOLDER: reads X.f32, y.txt, folds.txt, halves.txt; writes out.json. One thread; reading is not timed.
suppressPackageStartupMessages({
  library(glmnet)
  library(jsonlite)
})
folder <- commandArgs(TRUE)[1]
at <- function(name) file.path(folder, name)
seconds <- function(expr) system.time(expr)[["elapsed"]]

y <- scan(at("y.txt"), quiet = TRUE)
n <- length(y)
bytes <- file.size(at("X.f32"))
x <- matrix(readBin(at("X.f32"), "numeric", n = bytes / 4, size = 4), nrow = n)
folds <- scan(at("folds.txt"), quiet = TRUE)
halves <- lapply(strsplit(readLines(at("halves.txt"), warn = FALSE), " "), as.integer)

path_s <- seconds(fit <- glmnet(x, y, family = "binomial"))
cv_s <- seconds(cv <- cv.glmnet(x, y, family = "binomial", foldid = folds))
entered <- list()
entry_s <- seconds(for (rows in halves) {
  half <- glmnet(x[rows, ], y[rows], family = "binomial", dfmax = 50)
  entered[[length(entered) + 1]] <- which(rowSums(half$beta != 0) > 0)
})
out <- list(
  version = as.character(packageVersion("glmnet")), cv_s = cv_s, path_s = path_s, entry_s = entry_s,
  lambda = cv$lambda, cvm = cv$cvm, nonzero = unname(cv$nzero),
  active_at_min = unname(which(as.matrix(coef(cv, s = "lambda.min"))[-1, 1] != 0)) - 1L,
  entered = lapply(entered, function(j) I(unname(j) - 1L))
)
write(toJSON(out, auto_unbox = TRUE, digits = NA), at("out.json"))
