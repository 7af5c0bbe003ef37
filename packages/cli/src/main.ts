import { lineOf } from "./fault.ts";
import { createProgram } from "./program.ts";

// What is written into a pipe that nobody reads any more is not missed.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(`omicselector2: ${lineOf(error)}\n`);
  process.exitCode = 1;
}
