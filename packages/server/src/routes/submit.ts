import { rest, selectionConfig } from "@omicselector2/contracts";
import {
  countOpenJobs,
  createJob,
  findDatasetFor,
  holdDataset,
  type Job,
  pendingRanges,
  sendRanges,
  traced,
} from "@omicselector2/platform";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { CheckedSelection } from "../deps.ts";
import { type App, created, type Services, userOf } from "../http.ts";
import { requireRole } from "../plugins/authentication.ts";
import { answerWithin } from "../plugins/idempotency.ts";
import { within } from "../plugins/tracing.ts";
import { fieldErrors } from "../plugins/validation.ts";
import { invalid, notFound, Problem, type ProblemCode } from "../problems.ts";
import { submittedBody } from "./bodies.ts";
import { loggedIn, responses } from "./documented.ts";
import { jobFor } from "./job-access.ts";

const tags = ["jobs"];
const mostOpenJobs = 50;
const refusals: ProblemCode[] = [
  "unauthorized",
  "role_required",
  "not_found",
  "dataset_not_ready",
  "selection_refused",
  "too_many_jobs",
  "request_under_way",
  "key_reused",
];

/** Kinds of jobs that have no handler in this release: their paths say so, nothing is ever accepted. */
const unavailable = rest.jobTypes.filter((type) => type !== "feature_selection");

export function submitRoutes(app: App, services: Services): void {
  app.route({
    method: "POST",
    url: "/jobs/feature-selection",
    schema: {
      operationId: "submitFeatureSelection",
      summary: "Find a signature",
      tags,
      security: loggedIn,
      body: rest.selectionRequest,
      response: responses({ 201: rest.submittedJob }, ...refusals),
    },
    handler: async (request, reply) => {
      const job = await submit(request, services, request.body);
      created(reply, `/jobs/${job.id}`);
      return reply.code(201).send(submittedBody(job));
    },
  });

  app.route({
    method: "POST",
    url: "/jobs",
    schema: {
      operationId: "submitJob",
      summary: "Submit a job of the type that job_type names",
      description: "With job_type feature_selection the rest is the body of POST /jobs/feature-selection.",
      tags,
      security: loggedIn,
      body: rest.jobRequest,
      response: responses({ 201: rest.submittedJob }, ...refusals, "job_type_unavailable"),
    },
    handler: async (request, reply) => {
      const { job_type, ...body } = request.body;
      if (job_type !== "feature_selection") throw jobTypeUnavailable(job_type);
      const parsed = rest.selectionRequest.safeParse(body, { reportInput: true });
      if (!parsed.success) throw invalid(fieldErrors(parsed.error));
      const job = await submit(request, services, parsed.data);
      created(reply, `/jobs/${job.id}`);
      return reply.code(201).send(submittedBody(job));
    },
  });

  for (const type of unavailable) {
    app.route({
      method: "POST",
      url: `/jobs/${type.replaceAll("_", "-")}`,
      schema: {
        operationId: `submit_${type}`,
        summary: "Not available in this release",
        tags,
        security: loggedIn,
        response: responses({}, "unauthorized", "job_type_unavailable"),
      },
      handler: async () => {
        throw jobTypeUnavailable(type);
      },
    });
  }

  app.route({
    method: "POST",
    url: "/jobs/estimate",
    schema: {
      operationId: "estimateJob",
      summary: "What a job would take; nothing is submitted",
      tags,
      security: loggedIn,
      body: rest.estimateRequest,
      response: responses({ 200: rest.estimate }, "unauthorized", "not_found", "dataset_not_ready", "selection_refused"),
    },
    handler: async (request) => {
      const { checked } = await check(request, services, request.body);
      return {
        job_type: request.body.job_type,
        methods: [...checked.canonicalMethods],
        units: checked.units.length,
        seconds: checked.estimateSeconds,
        memory_bytes: Math.ceil(checked.estimateBytes),
        queue: checked.queue,
        config: checked.config,
      };
    },
  });

  app.route({
    method: "POST",
    url: "/jobs/:id/rerun",
    schema: {
      operationId: "rerunJob",
      summary: "The same study again",
      tags,
      security: loggedIn,
      params: rest.idParams,
      body: z.strictObject({}).nullish(),
      response: responses({ 201: rest.submittedJob }, ...refusals, "dataset_gone"),
    },
    handler: async (request, reply) => {
      const job = await submit(request, services, againBody(await jobFor(request, services)));
      created(reply, `/jobs/${job.id}`);
      return reply.code(201).send(submittedBody(job));
    },
  });
}

function jobTypeUnavailable(type: string): Problem {
  return new Problem("job_type_unavailable", `${type} is not available in this release; today there is feature_selection`, {
    errors: [{ path: "job_type", message: "is not available in this release" }],
  });
}

/** What was computed then, with the defaults of then. */
function againBody(job: Job): rest.SelectionRequest {
  if (job.datasetId === null) throw new Problem("dataset_gone");
  const { methods, ...config } = job.config;
  return { dataset_id: job.datasetId, methods: z.array(z.string()).parse(methods), config: selectionConfig.parse(config) };
}

async function check(request: FastifyRequest, services: Services, { dataset_id, methods, config }: rest.SelectionRequest) {
  const dataset = await findDatasetFor(services.platform.db, dataset_id, userOf(request).id);
  if (dataset === undefined) throw notFound("dataset");
  if (dataset.status !== "ready") throw new Problem("dataset_not_ready", dataset.errorMessage ?? undefined);
  const checked: CheckedSelection = await services.validateSelection({ dataset, methods, config });
  return { dataset, checked };
}

/** Everything that can be refused is refused here; job and units are committed together, and only then sent. */
async function submit(request: FastifyRequest, services: Services, body: rest.SelectionRequest): Promise<Job> {
  return await traced(services.platform.tracer, "submit", within(request), async (span) => {
    const job = await accept(request, services, body);
    span.concerns(job.id);
    return job;
  });
}

async function accept(request: FastifyRequest, services: Services, body: rest.SelectionRequest): Promise<Job> {
  const { db, queue } = services.platform;
  const user = userOf(request);
  const open = await countOpenJobs(db, user.id);
  if (open >= mostOpenJobs) {
    throw new Problem("too_many_jobs", `you have ${open} unfinished jobs, and at most ${mostOpenJobs} are taken; wait or cancel some`, {
      retryAfter: 60,
    });
  }
  const { dataset, checked } = await check(request, services, body);
  if (checked.queue === "low_priority")
    requireRole(user, ["researcher", "admin"], `run jobs of more than an hour (this one: about ${hours(checked)})`);
  const job = await db.transaction(async (tx) => {
    // It may have been deleted, or no longer be shared, while the study was checked.
    if (!(await holdDataset(tx, dataset.id, user.id))) throw notFound("dataset");
    const made = await createJob(tx, {
      jobType: "feature_selection",
      config: { methods: checked.canonicalMethods, ...checked.config },
      userId: user.id,
      datasetId: dataset.id,
      queue: checked.queue,
      estimate: { seconds: checked.estimateSeconds, bytes: Math.ceil(checked.estimateBytes), units: checked.units.length },
      units: checked.units,
    });
    await answerWithin(tx, request, 201, submittedBody(made), `/jobs/${made.id}`);
    await services.audit.write(tx, request, "job.create", `jobs/${made.id}`);
    return made;
  });
  // The row is the truth: a message that is lost is sent again by whoever looks for unfinished jobs.
  pendingRanges(db, job.id)
    .then((ranges) => sendRanges(db, queue, job.queue, ranges))
    .catch((error) => request.log.warn({ err: error, job: job.id }, "a job could not be sent to its queue yet"));
  return job;
}

const hours = ({ estimateSeconds }: CheckedSelection): string => `${(estimateSeconds / 3600).toFixed(1)} hours`;
