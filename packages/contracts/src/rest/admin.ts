import { z } from "zod";
import { userRoles } from "./auth.ts";
import { flag, pageOf, pageQuery, resourceId, timestamp } from "./common.ts";
import { jobQueues } from "./jobs.ts";

/** What admins see and change: people, sizes and states; never what is in somebody's dataset, job or result. */

export const account = z
  .object({
    id: resourceId,
    email: z.string(),
    username: z.string(),
    full_name: z.string().nullable(),
    role: z.enum(userRoles),
    is_active: z.boolean().describe("false: cannot log in; nothing of theirs is deleted"),
    created_at: timestamp,
  })
  .meta({ id: "Account" });

export const accountPage = pageOf(account);

export const accountQuery = pageQuery.extend({
  role: z.enum(userRoles).optional(),
  is_active: flag.optional(),
  search: z.string().min(1).max(255).optional().describe("part of the user name or the e-mail address, any case"),
});

export const updateAccountRequest = z
  .strictObject({
    role: z.enum(userRoles).optional(),
    is_active: z.boolean().optional().describe("false: logged out everywhere at once; jobs that run go on"),
  })
  .refine((body) => body.role !== undefined || body.is_active !== undefined, "name role or is_active");

export const auditEntry = z
  .object({
    seq: z.int(),
    at: timestamp,
    actor: z.string().nullable().describe("a pseudonym, or `system`; null for somebody who was not logged in"),
    username: z.string().nullable().describe("whose pseudonym it is, as long as the account exists"),
    action: z.string(),
    resource: z.string().nullable(),
    address: z.string().nullable(),
    hash: z.string().describe("SHA-256 over the entry and the hash of the one before"),
  })
  .meta({ id: "AuditEntry" });

export const auditPage = pageOf(auditEntry);

export const auditQuery = pageQuery.extend({
  actor: z.string().min(1).max(100).optional().describe("a pseudonym, `system`, or a user name"),
  action: z.string().min(1).max(100).optional().describe("as in `dataset.download`"),
  resource: z.string().min(1).max(300).optional().describe("as in `datasets/<id>`"),
  since: z.iso.datetime({ offset: true }).optional().describe("from this moment on"),
  until: z.iso.datetime({ offset: true }).optional().describe("before this moment"),
});

export const queueReport = z.object({
  queues: z.array(z.object({ name: z.enum(jobQueues), waiting: z.int().describe("messages that nobody works on yet"), active: z.int() })),
  workers: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      threads: z.int(),
      queues: z.array(z.string()),
      started_at: timestamp,
      seen_at: timestamp.describe("when it last said that it is there; those silent for an hour are left out"),
    }),
  ),
});

export const storageReport = pageOf(
  z.object({
    user_id: resourceId,
    username: z.string(),
    datasets: z.int(),
    bytes: z.int().describe("of its datasets, as the quota counts them"),
  }),
).extend({ totals: z.object({ datasets: z.int(), bytes: z.int(), quota_bytes: z.int().describe("of each user") }) });

export type AccountBody = z.output<typeof account>;
export type AuditEntryBody = z.output<typeof auditEntry>;
