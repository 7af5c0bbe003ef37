// node scripts/run.mjs <command> [args]: installs and builds what is missing, then runs the command on the pinned Node.
// Plain JavaScript on Node's own modules: it is the first thing that runs in a fresh clone, under Node 20.19 or newer.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { environmentOf, findNode, keepCompiledCode, missingNodeMessage, runProgram } from "../packages/cli/bin/pinned-node.js";
import { missingMaker, runBuild, staleBuilds } from "./builds.mjs";
import { install, whyInstall } from "./install.mjs";

const root = dirname(import.meta.dirname);
const inModules = (path) => join(root, "node_modules", path);

/** Programs that each command runs, one after another while they succeed; `dev`: needs packages for development. */
const commands = {
  build: { dev: false, built: true, programs: () => [] },
  start: { dev: false, built: true, programs: (args) => [["packages/cli/bin/omicselector2.js", "serve", ...args]] },
  demo: { dev: false, built: true, programs: (args) => [["packages/cli/bin/omicselector2.js", "demo", ...args]] },
  test: { dev: true, built: true, programs: (args) => [[inModules("vitest/vitest.mjs"), "run", ...args]] },
  lint: { dev: true, built: false, programs: (args) => [[inModules("@biomejs/biome/bin/biome"), "check", ...args]] },
  format: { dev: true, built: false, programs: (args) => [[inModules("@biomejs/biome/bin/biome"), "check", "--write", ...args]] },
  types: { dev: true, built: true, programs: (args) => [[inModules("typescript/bin/tsc"), "-p", ".", ...args]] },
  bench: { dev: true, built: true, programs: (args) => [["bench/run.ts", ...args]] },
  docs: { dev: false, built: true, programs: (args) => [["scripts/docs.ts", ...args]] },
  chaos: { dev: false, built: true, programs: (args) => [["scripts/chaos.ts", ...args]] },
  services: { dev: false, built: false, programs: (args) => [["scripts/services.ts", ...args]] },
  deploy: { dev: true, built: false, programs: (args) => [["scripts/deploy-check.ts", ...args]] },
  "image-check": { dev: false, built: false, programs: (args) => [["scripts/image-check.ts", ...args]] },
  "backup-trial": { dev: false, built: true, programs: (args) => [["scripts/backup-trial.ts", ...args]] },
  schemathesis: { dev: false, built: true, programs: (args) => [["scripts/schemathesis.ts", ...args]] },
  oracles: { dev: false, built: false, programs: (args) => [["scripts/oracles.mjs", ...args]] },
};

keepCompiledCode();
process.exitCode = await main(process.argv[2], process.argv.slice(3));

async function main(name, args) {
  const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
  if (command === undefined) return fail(`unknown command ${name ?? "(none)"}; known: ${Object.keys(commands).join(", ")}`);
  // npm calls `build` when it has installed: what npm left out on purpose is then not for us to bring.
  const insideInstall = process.env.npm_lifecycle_event === "postinstall";
  if (!insideInstall) {
    const code = await installIfNeeded(command);
    if (code !== 0) return code;
  }
  const node = findNode();
  if (node === undefined) return insideInstall ? skip(missingNodeMessage()) : fail(missingNodeMessage());
  const env = environmentOf(node);
  if (command.built) {
    const code = await buildIfNeeded(node, env, insideInstall);
    if (code !== 0) return code;
  }
  for (const [file, ...rest] of command.programs(args)) {
    if (!existsSync(resolve(root, file))) return fail(`${file} is missing`);
    const code = await runProgram(node, [file, ...rest], { cwd: root, env });
    if (code !== 0) return code;
  }
  return 0;
}

async function installIfNeeded(command) {
  const why = whyInstall(command.dev || (command.built && staleBuilds().length > 0));
  if (why === undefined) return 0;
  process.stderr.write(`installing packages (${why})\n`);
  return install();
}

async function buildIfNeeded(node, env, insideInstall) {
  for (const build of staleBuilds()) {
    const missing = missingMaker(build);
    if (missing !== undefined && insideInstall) {
      skip(`the ${build.name} were not built: ${missing} is not installed`);
      continue;
    }
    const code = await runBuild(node, build, env);
    if (code !== 0) return code;
  }
  return 0;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  return 1;
}

function skip(message) {
  process.stderr.write(`${message}\n`);
  return 0;
}
