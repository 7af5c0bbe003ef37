// A process that opens a data folder, writes a row a time, says so, and never ends by itself.
import { createUser, openDatabase } from "../src/index.ts";

const dataDir = process.argv[2]!;
try {
  const { db } = await openDatabase({ dataDir });
  for (let i = 0; ; i++) {
    const { id } = await createUser(db, { email: `${process.pid}-${i}@example.org`, username: `${process.pid}-${i}`, hashedPassword: "x" });
    process.stdout.write(`${id}\n`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(3);
}
