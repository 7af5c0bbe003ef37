/*
 * npm run services                    starts PostgreSQL, Redis and MinIO for a developer, prints their variables, stops at Ctrl-C
 * npm run services -- COMMAND ...     starts them, runs the command with these variables, stops them; ends as the command does
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { startServices } from "./services/start.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);
const ending = new Promise<number>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve(130));
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function main(command: readonly string[]): Promise<number> {
  const services = await startServices(say);
  const env = { ...services.env, SECRET_KEY: randomBytes(32).toString("hex") };
  try {
    if (command.length > 0) return await run(command, env);
    for (const [name, value] of Object.entries(env)) process.stdout.write(`export ${name}=${value}\n`);
    say(`PostgreSQL, Redis and MinIO run until Ctrl-C; their data lie in ${services.folder}`);
    await ending;
    return 0;
  } finally {
    await services.stop();
  }
}

async function run([program, ...args]: readonly string[], env: Record<string, string>): Promise<number> {
  const child = spawn(program!, args, { stdio: "inherit", env: { ...process.env, ...env } });
  // A Ctrl-C reaches the command as well: it ends first.
  void ending.then(() => child.kill("SIGTERM"));
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return code ?? (signal === null ? 1 : 130);
}
