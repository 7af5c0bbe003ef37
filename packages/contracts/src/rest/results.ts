import { z } from "zod";
import { resourceId, timestamp } from "./common.ts";

export const result = z
  .object({
    result_id: resourceId,
    job_id: resourceId,
    selected_features: z.array(z.string()).nullable().describe("the signature, best first"),
    metrics: z.record(z.string(), z.unknown()).describe("as in result.json: stability_scores, stability, performance, methods, ..."),
    artifacts_path: z.string().describe("s3://results/<id>/"),
    created_at: timestamp,
  })
  .meta({ id: "Result" });

export const artifact = z.object({
  name: z.string(),
  bytes: z.int(),
  content_type: z.string(),
  href: z.string().describe("path of the file on this server"),
});

export const artifactList = z.object({ items: z.array(artifact), total: z.int() });

export const artifactParams = z.strictObject({ id: resourceId, name: z.string().min(1).max(300) });

export type ResultBody = z.output<typeof result>;
