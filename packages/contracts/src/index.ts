export * from "./result.ts";
export * from "./study.ts";
