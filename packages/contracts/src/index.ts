export * from "./events.ts";
export * as rest from "./rest/index.ts";
export * from "./result.ts";
export * from "./study.ts";
