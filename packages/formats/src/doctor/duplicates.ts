import type { Check, Finding } from "./finding.ts";
import { listed, plural } from "./finding.ts";

/** Feature names that repeat, and features whose values do. */
export const duplicates: Check = ({ cohort, stats }) => {
  const findings: Finding[] = [];
  const { renamedFeatures } = cohort.notes;
  if (renamedFeatures.length > 0) {
    findings.push({
      id: "duplicate_features",
      severity: "warning",
      title: `${plural(renamedFeatures.length, "feature name")} repeated or empty`,
      detail: "The second feature of a name got .1, the third .2, and so on; an empty name became unnamed.",
      remedy: "Several probes of one gene are kept apart. Use probe ids as names, or merge the probes of a gene, if that is not wanted.",
      ...listed(renamedFeatures.map(({ from, to }) => ({ name: from, value: to }))),
    });
  }
  const copies = copiesOf(cohort.x.featureNames, stats);
  if (copies.length > 0) {
    findings.push({
      id: "identical_features",
      severity: "warning",
      title: `${plural(copies.length, "feature")} with the same values as another`,
      detail: "Copies share the credit of a feature: selection frequencies are split between them.",
      remedy: "Leave out the copies, or run correlation_filter first.",
      ...listed(copies),
    });
  }
  return findings;
};

/** Copies with the first feature of the same values; constant features are another finding. */
function copiesOf(names: readonly string[], stats: Parameters<Check>[0]["stats"]): { name: string; value: string }[] {
  const [a, b] = stats.fingerprint;
  const firstWith = new Map<string, number>();
  const copies: { name: string; value: string }[] = [];
  for (let j = 0; j < stats.p; j++) {
    if (!(stats.min[j]! < stats.max[j]!)) continue;
    const key = `${a[j]} ${b[j]} ${stats.min[j]} ${stats.max[j]} ${stats.nonzero[j]} ${stats.missing[j]}`;
    const first = firstWith.get(key);
    if (first === undefined) firstWith.set(key, j);
    else copies.push({ name: names[j]!, value: names[first]! });
  }
  return copies;
}
