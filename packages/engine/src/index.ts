export * from "./errors.ts";
export * from "./matrix.ts";
export * from "./part.ts";
export * from "./random.ts";
export * from "./selectors/define.ts";
export { selectorOf, selectors } from "./selectors/registry.ts";
export * from "./target.ts";
