// Makes the expected values in fixtures/oracles/<id>/ again: runs make.R or make.py of each, or of those named.
// RSCRIPT and PYTHON name other programs than Rscript and python3; versions.txt beside each script says what it needs.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { runProgram } from "../packages/cli/bin/pinned-node.js";

const folder = join(dirname(import.meta.dirname), "fixtures", "oracles");
const makers = [
  { script: "make.R", program: process.env.RSCRIPT ?? "Rscript" },
  { script: "make.py", program: process.env.PYTHON ?? "python3" },
];

const known = existsSync(folder) ? readdirSync(folder).sort() : [];
const wanted = process.argv.length > 2 ? process.argv.slice(2) : known;
for (const id of wanted) {
  if (!known.includes(id)) throw new Error(`there is no fixtures/oracles/${id}; known: ${known.join(", ")}`);
  await make(id);
}

async function make(id) {
  for (const { script, program } of makers) {
    if (!existsSync(join(folder, id, script))) continue;
    process.stdout.write(`${id}: ${program} ${script}\n`);
    const code = await runProgram(program, [script], { cwd: join(folder, id) });
    if (code !== 0) process.exit(code);
  }
}
