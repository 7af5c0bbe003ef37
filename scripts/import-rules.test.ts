import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** What lint says of one import in a file; the file need not exist. */
function lint(file: string, imported: string): Promise<string> {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [biome, "lint", "--colors=off", `--stdin-file-path=${file}`],
      { cwd: root },
      (_error, out, err) => resolve(out + err),
    );
    child.stdin!.end(`import { x } from "${imported}";\n\nexport const y = x;\n`);
  });
}

const refused: [string, string][] = [
  ["packages/contracts/src/x.ts", "@omicselector2/engine"],
  ["packages/engine/src/x.ts", "@omicselector2/platform"],
  ["packages/engine/src/x.ts", "../../formats/src/index.ts"],
  ["packages/engine/src/selectors/x.ts", "../part-view.ts"],
  ["packages/platform/src/x.ts", "@omicselector2/engine"],
  ["packages/server/src/routes/x.ts", "@omicselector2/worker"],
  ["packages/worker/src/x.ts", "@omicselector2/server"],
];

test.each(refused)("%s may not import %s", async (file, imported) => {
  expect(await lint(file, imported)).toContain("noRestrictedImports");
});

const allowed: [string, string][] = [
  ["packages/engine/src/solvers/x.ts", "../part-view.ts"],
  ["packages/engine/src/x.ts", "@omicselector2/kernels"],
  ["packages/cli/src/x.ts", "@omicselector2/worker"],
];

test.each(allowed)("%s may import %s", async (file, imported) => {
  expect(await lint(file, imported)).not.toContain("noRestrictedImports");
});
