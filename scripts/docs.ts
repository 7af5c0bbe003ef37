/*
 * Writes docs/methods/ and docs/correctness.md from the registry of methods and from the agreement of each with its oracle.
 *
 *   npm run docs               writes them
 *   npm run docs -- --check    writes nothing; exits with 1 where a file differs from what would be written
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readAgreements } from "./docs/agreements.ts";
import { correctnessPage } from "./docs/correctness.ts";
import { methodPages } from "./docs/methods.ts";

const docs = join(import.meta.dirname, "..", "docs");

const { rows, withoutData } = await readAgreements();
const pages = new Map([...methodPages(rows), ["correctness.md", correctnessPage(rows)]]);
if (withoutData) {
  console.log("the public data sets are not at hand: the pages that print agreement with oracles are neither written nor checked");
} else if (process.argv.includes("--check")) {
  const stale = [...pages].filter(([name, text]) => read(name) !== text).map(([name]) => name);
  const stray = existing().filter((name) => !pages.has(name));
  for (const name of stale) console.log(`docs/${name} is not what npm run docs would write`);
  for (const name of stray) console.log(`docs/${name} belongs to no method`);
  process.exitCode = stale.length + stray.length > 0 ? 1 : 0;
} else {
  for (const name of existing()) if (!pages.has(name)) rmSync(join(docs, name));
  for (const [name, text] of pages) {
    mkdirSync(dirname(join(docs, name)), { recursive: true });
    writeFileSync(join(docs, name), text);
  }
  console.log(`${pages.size} pages written`);
}
const outside = rows.filter(({ deviation, tolerance }) => !(deviation <= tolerance));
for (const { method, quantity, inputs, deviation, tolerance } of outside) {
  console.log(`${method}, ${quantity} on ${inputs}: ${deviation} is outside ${tolerance}`);
  process.exitCode = 1;
}

function read(name: string): string | undefined {
  return existsSync(join(docs, name)) ? readFileSync(join(docs, name), "utf8") : undefined;
}

/** Pages of methods that were written before. */
function existing(): string[] {
  const folder = join(docs, "methods");
  return existsSync(folder) ? readdirSync(folder).map((name) => `methods/${name}`) : [];
}
