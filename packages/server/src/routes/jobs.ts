import { rest } from "@omicselector2/contracts";
import { cancelJob, findResultFor, listJobs } from "@omicselector2/platform";
import { type App, type Services, userOf } from "../http.ts";
import { notFound, Problem } from "../problems.ts";
import { announceEnd } from "./announce.ts";
import { jobBody, jobItem, resultBody } from "./bodies.ts";
import { loggedIn, responses } from "./documented.ts";
import { jobFor } from "./job-access.ts";

const tags = ["jobs"];

export function jobRoutes(app: App, services: Services): void {
  const { db } = services.platform;

  app.route({
    method: "GET",
    url: "/jobs",
    schema: {
      operationId: "listJobs",
      summary: "Your jobs, newest first",
      tags,
      security: loggedIn,
      querystring: rest.jobQuery,
      response: responses({ 200: rest.jobPage }, "unauthorized"),
    },
    handler: async (request) => {
      const { page, size, cursor, status, job_type, dataset_id, sort } = request.query;
      const filters = {
        ...(status === undefined ? {} : { status }),
        ...(job_type === undefined ? {} : { jobType: job_type }),
        ...(dataset_id === undefined ? {} : { datasetId: dataset_id }),
      };
      const found = await listJobs(db, userOf(request).id, { page, size, ...(cursor === undefined ? {} : { cursor }), filters, sort });
      return { ...found, items: found.items.map(jobItem) };
    },
  });

  app.route({
    method: "GET",
    url: "/jobs/:id",
    schema: {
      operationId: "getJob",
      summary: "One job and how far it is",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 200: rest.job }, "unauthorized", "not_found"),
    },
    handler: async (request) => jobBody(await jobFor(request, services)),
  });

  app.route({
    method: "DELETE",
    url: "/jobs/:id",
    schema: {
      operationId: "cancelJob",
      summary: "Cancel a job",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 200: rest.cancelledJob }, "unauthorized", "not_found", "job_ended"),
    },
    handler: async (request) => {
      const { id } = await jobFor(request, services);
      const { outcome, job } = await db.transaction(async (tx) => {
        const done = await cancelJob(tx, id);
        if (done.outcome === "cancelled") await services.audit.write(tx, request, "job.cancel", `jobs/${id}`);
        return done;
      });
      if (job === undefined) throw notFound("job");
      if (outcome === "ended") throw new Problem("job_ended", `this job is ${job.status} already; nothing is left to cancel`);
      if (outcome === "cancelled") announceEnd(services, job, request.log);
      return { job_id: id, status: "cancelled" as const };
    },
  });

  app.route({
    method: "GET",
    url: "/jobs/:id/result",
    schema: {
      operationId: "getJobResult",
      summary: "The result of a completed job",
      tags,
      security: loggedIn,
      params: rest.idParams,
      response: responses({ 200: rest.result }, "unauthorized", "not_found", "job_without_result"),
    },
    handler: async (request) => {
      const job = await jobFor(request, services);
      if (job.status !== "completed")
        throw new Problem("job_without_result", `this job is ${job.status}${job.errorMessage === null ? "" : `: ${job.errorMessage}`}`);
      const result = job.resultId === null ? undefined : await findResultFor(db, job.resultId, userOf(request).id);
      if (result === undefined) throw new Problem("not_found", "the result of this job was deleted; run the job again");
      services.audit.read(request, "result.read", `results/${result.id}`);
      return resultBody(result);
    },
  });
}
