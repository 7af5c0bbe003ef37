import { openPlatform, readConfig } from "./src/index.ts";
const dir = process.argv[2];
console.log("imported", Math.round(process.memoryUsage().rss/1e6));
const t=performance.now();
const p = await openPlatform(readConfig({OMICSELECTOR_DATA_DIR:dir}));
console.log("start", Math.round(performance.now()-t), "ms; rss MB", process.memoryUsage());
for (let i=0;i<500;i++) await p.db.execute("select count(*) from jobs");
console.log("later", process.memoryUsage().rss/1e6);
await p.close(); console.log("closed", Math.round(performance.now()-t), process.memoryUsage().rss/1e6);
