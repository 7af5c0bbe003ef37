import { z } from "zod";

export const health = z.object({ status: z.literal("ok"), version: z.string() });

export const readiness = z.object({
  status: z.enum(["ready", "degraded", "unavailable"]).describe("degraded: reads and submits go on"),
  checks: z.record(z.string(), z.enum(["ok", "failed"])).describe("each thing the server stands on"),
});
