export { buildApp } from "./app.ts";
export type * from "./deps.ts";
export { explain, Problem, type ProblemCode, problemCodes } from "./problems.ts";
export { startWorkerEndpoints, type WorkerEndpoints, type WorkerEndpointsOptions } from "./worker-endpoints.ts";
