import type { Check } from "./finding.ts";

/** Which way round the table was read, and how sure that is. */
export const orientation: Check = ({ cohort, stats }) => {
  const { notes } = cohort;
  if (notes.format === "h5ad") return undefined;
  const rows = notes.orientation === "samples_in_rows";
  const unsure = !notes.orientationAsked && notes.orientationMargin <= 1;
  return {
    id: "orientation",
    severity: unsure ? "warning" : "info",
    title: rows ? "Samples stand in rows" : "Samples stand in columns",
    detail: `Read as ${stats.n} samples and ${stats.p} features, because ${notes.orientationReasons.join("; ")}.`,
    remedy: unsure
      ? `There was little to tell by. If this is wrong, upload again with orientation ${rows ? "samples_in_columns" : "samples_in_rows"}.`
      : "",
  };
};
