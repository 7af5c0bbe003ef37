#!/usr/bin/env node
// The command `omicselector2`: runs under Node 20.19 or newer and goes on with the Node that the workspace pins.
import { join } from "node:path";
import { environmentOf, findNode, isNewEnough, keepCompiledCode, missingNodeMessage, runProgram } from "./pinned-node.js";

const main = join(import.meta.dirname, "..", "src", "main.ts");

keepCompiledCode();
if (isNewEnough) {
  await import("../src/main.ts");
} else {
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(`omicselector2: ${missingNodeMessage()}\n`);
    process.exitCode = 1;
  } else {
    process.exitCode = await runProgram(node, [main, ...process.argv.slice(2)], { env: environmentOf(node) });
  }
}
