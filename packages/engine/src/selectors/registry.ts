import { EngineError } from "../errors.ts";
import { anova } from "./anova.ts";
import type { AnySelector } from "./define.ts";
import { elasticNet } from "./elastic-net.ts";
import { heg } from "./heg.ts";
import { hvg } from "./hvg.ts";
import { lasso } from "./lasso.ts";
import { mrmr } from "./mrmr.ts";
import { rfImportance } from "./rf-importance.ts";
import { tTest } from "./t-test.ts";
import { varianceThreshold } from "./variance-threshold.ts";

/** One line per selector. */
export const selectors: readonly AnySelector[] = [rfImportance, varianceThreshold, tTest, anova, mrmr, lasso, elasticNet, hvg, heg];

const byName = new Map(selectors.flatMap((selector) => [selector.id, ...selector.aliases].map((name) => [name, selector] as const)));

/** Whether this is an id or an alias. */
export function isMethod(name: string): boolean {
  return byName.has(name);
}

/**
 * The selector of an id or alias.
 * @param at  where in the request the name stands
 * @throws EngineError  method_unknown, listing the known ones
 */
export function selectorOf(name: string, at: readonly string[] = ["methods"]): AnySelector {
  const found = byName.get(name);
  if (found === undefined) {
    throw new EngineError("method_unknown", `unknown method "${name}"; known methods: ${selectors.map((s) => s.id).join(", ")}`, at);
  }
  return found;
}
