# ranger on one thread, its core-seconds without reading and writing: FOLDER n p trees mtry min_node_size task
# FOLDER/x.f32 column-major, FOLDER/y.f64; answers in FOLDER/out.json
args <- commandArgs(TRUE)
folder <- args[1]
n <- as.integer(args[2])
p <- as.integer(args[3])
x <- matrix(readBin(file.path(folder, "x.f32"), "numeric", n * p, size = 4), n, p, dimnames = list(NULL, paste0("g", seq_len(p))))
y <- readBin(file.path(folder, "y.f64"), "numeric", n)
if (args[7] != "regression") y <- factor(y)
seconds <- sum(system.time(forest <- ranger::ranger(
  x = x, y = y, num.trees = as.integer(args[4]), mtry = as.integer(args[5]), min.node.size = as.integer(args[6]),
  importance = "impurity", num.threads = 1, seed = 1, write.forest = FALSE
))[1:2])
importance <- paste(format(forest$variable.importance, digits = 9, trim = TRUE), collapse = ",")
cat(sprintf('{"seconds":%.3f,"version":"%s","oob":%.6f,"importance":[%s]}', seconds, packageVersion("ranger"),
  forest$prediction.error, importance), file = file.path(folder, "out.json"))
