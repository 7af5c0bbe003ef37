import { createBullQueue } from "../src/adapters/job-queue/bullmq.ts";
import { queueNames } from "../src/index.ts";

/** Takes a message, says so, and keeps it until it is killed. */
const [url, prefix] = process.argv.slice(2);
const queue = await createBullQueue({ url: url!, prefix: prefix!, lease: 1000 });
await queue.listen(
  queueNames,
  async (message) => {
    process.send!(message);
    await new Promise(() => undefined);
  },
  1,
);
