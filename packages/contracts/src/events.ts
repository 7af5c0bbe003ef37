import { z } from "zod";
import { jobStatuses } from "./rest/jobs.ts";

/** Topic of the event bus on which a job's news are announced; the message is the number of its latest event. */
export const jobTopic = (jobId: string): string => `jobs/${jobId}`;

/** What a job looks like to who watches it. */
export const jobState = z.looseObject({
  job_id: z.string(),
  status: z.enum(jobStatuses),
  progress: z.int(),
  message: z.string().nullable(),
  eta_seconds: z.int().nullable(),
  result_id: z.string().optional(),
  error_message: z.string().optional(),
});

/**
 * Messages of WS /jobs/{id}/ws. First a snapshot, whose `seq` is the number of the latest event it knows of;
 * with `?after=n` the events above n follow; then what happens, each with the next number.
 */
export const jobMessage = z.looseObject({
  type: z.string().describe("snapshot, status, progress, ..."),
  seq: z.int().min(0),
  at: z.iso.datetime(),
});

/** Why the server closed the socket. */
export const closeCodes = {
  ended: 1000,
  goingAway: 1001,
  tryLater: 1013,
  unauthorized: 4401,
  notFound: 4404,
} as const;

export type JobMessage = z.output<typeof jobMessage>;
