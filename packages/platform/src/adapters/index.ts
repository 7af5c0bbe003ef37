export * from "./blob-store/index.ts";
export { createMemoryCache } from "./cache/memory.ts";
export { createMemoryEventBus } from "./event-bus/memory.ts";
export { createInProcessQueue, type InProcessQueueOptions } from "./job-queue/in-process.ts";
export { createMemoryRateCounter } from "./rate-counter/memory.ts";
