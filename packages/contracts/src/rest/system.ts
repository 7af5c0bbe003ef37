import { z } from "zod";

export const health = z.object({ status: z.literal("ok"), version: z.string() });

export const readinessCheck = z.object({
  state: z.enum(["ok", "failed", "none"]).describe("none: no worker is there; jobs wait for one"),
  latency_ms: z.int().min(0).describe("until it answered, or was given up"),
  count: z.int().min(0).optional().describe("workers that are there"),
});

export const readiness = z.object({
  status: z
    .enum(["ready", "degraded", "unavailable", "draining"])
    .describe("degraded: reads and submits go on; unavailable, draining: send requests elsewhere (503)"),
  checks: z.record(z.string(), readinessCheck).describe("each thing the server stands on: database, blobs, in a cluster redis and workers"),
});
export type Readiness = z.infer<typeof readiness>;
