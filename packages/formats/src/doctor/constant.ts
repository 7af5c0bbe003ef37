import type { Check } from "./finding.ts";
import { listed, plural } from "./finding.ts";

/** Features that have one value only, or none. */
export const constant: Check = ({ cohort, stats }) => {
  const names: string[] = [];
  for (let j = 0; j < stats.p; j++) if (!(stats.min[j]! < stats.max[j]!)) names.push(cohort.x.featureNames[j]!);
  if (names.length === 0) return undefined;
  return {
    id: "constant_features",
    severity: names.length === stats.p ? "error" : "info",
    title: `${plural(names.length, "feature")} with one value only`,
    detail: "A feature that never varies cannot tell samples apart; no method selects it.",
    remedy: names.length === stats.p ? "Upload a matrix whose features vary." : "They may be left out.",
    ...listed(names.map((name) => ({ name }))),
  };
};
