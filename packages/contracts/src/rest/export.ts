import { z } from "zod";
import { auditEntry } from "./admin.ts";
import { me } from "./auth.ts";
import { resourceId, timestamp } from "./common.ts";
import { dataset } from "./data.ts";
import { job } from "./jobs.ts";
import { artifact, result } from "./results.ts";

/** GET /auth/me/export: all that is kept about a person, in one document; files by their paths on this server. */
export const meExport = z.object({
  schema: z.literal("omicselector2/export/1"),
  exported_at: timestamp,
  profile: me,
  logins: z.array(z.object({ since: timestamp, until: timestamp, open: z.boolean() })),
  datasets: z.array(dataset.extend({ download: z.string().nullable().describe("path of the file; null when there is none") })),
  jobs: z.array(job),
  results: z.array(result.extend({ artifacts: z.array(artifact) })),
  shares_given: z.array(z.object({ dataset_id: resourceId, username: z.string(), shared_at: timestamp })),
  shares_received: z.array(z.object({ dataset_id: resourceId, name: z.string(), owner: z.string(), shared_at: timestamp })),
  audit: z.array(auditEntry).describe("what you did, and what was done to your account; oldest first"),
});
