import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { findProgram, freePort, type Service, startService } from "./process.ts";

/** A new Redis in `folder`, on 127.0.0.1 with a random password, its data kept over a restart (`appendonly`). */
export async function startRedis(folder: string): Promise<Service & { url: string }> {
  const program = findProgram("redis-server", ["/usr/bin", "/usr/sbin"]);
  if (program === undefined) throw new Error("Redis is not installed: apt-get install redis-server");
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const password = randomBytes(12).toString("hex");
  const settings = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--appendonly",
    "yes",
    "--maxmemory-policy",
    "noeviction",
  ];
  const service = await startService({
    name: "Redis",
    port,
    command: [program, ...settings, "--requirepass", password],
    log: join(folder, "..", "redis.log"),
    answers: () => pong(port, password),
  });
  return { ...service, url: `redis://:${password}@127.0.0.1:${port}` };
}

function pong(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
      if (!text.includes("PONG") && !text.includes("-LOADING")) return;
      socket.destroy();
      resolve(text.includes("PONG"));
    });
    socket.setTimeout(2000, () => socket.destroy());
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  });
}
