export * from "./auth.ts";
export * from "./common.ts";
export * from "./data.ts";
export * from "./jobs.ts";
export * from "./methods.ts";
export * from "./results.ts";
export * from "./system.ts";
