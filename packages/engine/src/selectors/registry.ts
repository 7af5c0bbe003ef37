import { EngineError } from "../errors.ts";
import { anova } from "./anova.ts";
import { coxLasso } from "./cox-lasso.ts";
import { coxUnivariate } from "./cox-univariate.ts";
import type { AnySelector } from "./define.ts";
import { elasticNet } from "./elastic-net.ts";
import { lasso } from "./lasso.ts";
import { mrmr } from "./mrmr.ts";
import { rfImportance } from "./rf-importance.ts";
import { tTest } from "./t-test.ts";
import { varianceThreshold } from "./variance-threshold.ts";

/** One line per selector. */
export const selectors: readonly AnySelector[] = [
  rfImportance,
  varianceThreshold,
  tTest,
  anova,
  mrmr,
  lasso,
  elasticNet,
  coxUnivariate,
  coxLasso,
];

/** The selector of an id or alias. @throws EngineError  method_unknown, listing the known ones */
export function selectorOf(name: string): AnySelector {
  const found = selectors.find((s) => s.id === name || s.aliases.includes(name));
  if (found === undefined) {
    throw new EngineError("method_unknown", `unknown method "${name}"; known methods: ${selectors.map((s) => s.id).join(", ")}`, [
      "methods",
    ]);
  }
  return found;
}
