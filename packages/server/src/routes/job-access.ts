import { findJobFor, type Job } from "@omicselector2/platform";
import type { FastifyRequest } from "fastify";
import { type Services, userOf } from "../http.ts";
import { notFound } from "../problems.ts";

/** The job of the path, when it is the user's own. @throws Problem  not_found */
export async function jobFor(request: FastifyRequest & { params: { id: string } }, { platform }: Services): Promise<Job> {
  const job = await findJobFor(platform.db, request.params.id, userOf(request).id);
  if (job === undefined) throw notFound("job");
  return job;
}
