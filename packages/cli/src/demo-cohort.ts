import { Rng } from "@omicselector2/engine";

/** A generated cohort whose biomarkers are known. */
export interface DemoCohort {
  readonly csv: string;
  readonly samples: number;
  readonly features: number;
  /** names of the features that differ between the classes, the strongest first */
  readonly planted: readonly string[];
}

/** Features of a correlated group move together, as genes of one pathway do. */
const GROUP = 10;

/**
 * Log2 expression of cases and controls: features in correlated groups, some with a shift in cases, the rest without.
 * The same numbers on every machine.
 */
export function demoCohort({ samples = 120, features = 1000, planted = 12, seed = 3 } = {}): DemoCohort {
  const rng = Rng.from(seed, "demo");
  const names = Array.from({ length: features }, (_, j) => `GENE_${String(j + 1).padStart(4, "0")}`);
  // One feature of each of the first so many groups after a shuffle: never two of one group.
  const groups = rng.shuffle(Array.from({ length: Math.floor(features / GROUP) }, (_, g) => g)).slice(0, planted);
  const chosen = groups.map((group) => group * GROUP + rng.below(GROUP));
  const shift = new Map(chosen.map((j, k) => [j, 1.6 - (0.7 * k) / Math.max(1, planted - 1)]));
  const rows = Array.from({ length: samples }, (_, i) => {
    const isCase = i % 2 === 1;
    const values: string[] = [];
    let common = 0;
    for (let j = 0; j < features; j++) {
      if (j % GROUP === 0) common = normal(rng);
      const own = 0.6 * common + 0.8 * normal(rng);
      values.push((7 + own + (isCase ? (shift.get(j) ?? 0) : 0)).toFixed(4));
    }
    return [`patient_${String(i + 1).padStart(3, "0")}`, isCase ? "cancer" : "control", ...values].join(",");
  });
  const csv = `${[["sample_id", "class", ...names].join(","), ...rows].join("\n")}\n`;
  return { csv, samples, features, planted: chosen.map((j) => names[j]!) };
}

/** Sum of twelve uniforms: near enough to a normal, and without a logarithm of the host. */
function normal(rng: Rng): number {
  let sum = -6;
  for (let k = 0; k < 12; k++) sum += rng.uniform();
  return sum;
}
