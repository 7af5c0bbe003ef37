import type { FeatureStats } from "../h5ad/visit.ts";
import type { Check } from "./finding.ts";

/** fewer features than this are no profile */
const FEW = 20;

/** Are the values counts, intensities, proportions, or logarithms? */
export const scale: Check = ({ stats }) => {
  const { low, high } = range(stats);
  if (!(low <= high)) return undefined;
  const span = `Values from ${short(low)} to ${short(high)}`;
  const say = (title: string, detail: string, remedy: string) => ({
    id: "scale",
    severity: "info" as const,
    title,
    detail: `${span}; ${detail}.`,
    remedy,
  });
  if (stats.negatives > 0 && high - low > 200) {
    return say(
      "Intensities with negative values",
      "a wide range below and above zero",
      "Clip at a small positive value and take logarithms: transform log2 with clip.",
    );
  }
  if (stats.negatives > 0)
    return say("Logarithms, ratios or standardised values", "some are negative, the range is small", "No transform is needed.");
  if (stats.fractions === 0 && high > 20 && stats.p < FEW) {
    return say(
      "Whole numbers",
      "the features are too few to tell counts from measurements",
      "If they are counts, use transform cpm_log, or log2p1 when the samples are of one depth.",
    );
  }
  if (stats.fractions === 0 && high > 20) {
    return say("Raw counts", "all are whole numbers", "Use transform cpm_log, or log2p1 when the samples are of one depth.");
  }
  if (high <= 1) return say("Proportions", "all lie between 0 and 1, as methylation beta values do", "No transform is needed.");
  if (high > 100)
    return say("A linear scale", "a wide range of positive values", "Take logarithms: transform log2p1, or log2 where none is 0.");
  return say(
    "Probably logarithms",
    "none is negative and the range is small",
    "No transform is needed, unless these are ratios or concentrations: then take logarithms, transform log2p1.",
  );
};

function range(stats: FeatureStats): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < stats.p; j++) {
    if (stats.min[j]! < low) low = stats.min[j]!;
    if (stats.max[j]! > high) high = stats.max[j]!;
  }
  return { low, high };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
