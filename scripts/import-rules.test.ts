import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const cases: [file: string, imported: string, refused: boolean][] = [
  ["packages/contracts/src/a.ts", "@omicselector2/engine", true],
  ["packages/engine/src/a.ts", "@omicselector2/platform", true],
  ["packages/engine/src/b.ts", "../../formats/src/index.ts", true],
  ["packages/engine/src/selectors/a.ts", "../part-view.ts", true],
  ["packages/engine/src/selectors/b.ts", "@omicselector2/worker", true],
  ["packages/platform/src/a.ts", "@omicselector2/engine", true],
  ["packages/server/src/routes/a.ts", "@omicselector2/worker", true],
  ["packages/worker/src/a.ts", "@omicselector2/server", true],
  ["packages/engine/src/solvers/a.ts", "../part-view.ts", false],
  ["packages/engine/src/c.ts", "@omicselector2/kernels", false],
  ["packages/cli/src/a.ts", "@omicselector2/worker", false],
];

let folder: string;
let report: string;

/** All cases as files of a tree with our settings, linted in one go. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "import-rules-"));
  await copyFile(join(root, "biome.json"), join(folder, "biome.json"));
  for (const [file, imported] of cases) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, file), `import { x } from "${imported}";\n\nexport const y = x;\n`);
  }
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const args = [biome, "lint", "--colors=off", "--only=style/noRestrictedImports", "--max-diagnostics=none"];
  report = await new Promise((resolve) =>
    execFile(process.execPath, args, { cwd: folder }, (_error, out, errors) => resolve((out + errors).replaceAll("\\", "/"))),
  );
  expect(report).toContain(`Checked ${cases.length + 1} files`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(cases)("%s importing %s: refused is %s", (file, _imported, refused) => {
  expect(report.includes(`${file}:1:`)).toBe(refused);
});
