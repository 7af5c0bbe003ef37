import type { Check, Finding } from "./finding.ts";
import { listed, plural } from "./finding.ts";

/** Names of samples: where they came from, which repeat, which samples are copies, how the sheet was joined, what was left out. */
export const ids: Check = ({ cohort, stats }) => {
  const { notes, sampleIds } = cohort;
  const findings: Finding[] = [];
  if (notes.format === "text" && notes.idColumn === null && notes.orientation === "samples_in_rows") {
    findings.push({
      id: "sample_ids",
      severity: "info",
      title: "Samples were numbered",
      detail: "No column holds sample names, so samples are called S1, S2 and so on.",
      remedy: "To keep your names, put them into a first column headed sample_id.",
    });
  }
  if (notes.renamedSamples.length > 0) {
    findings.push({
      id: "duplicate_samples",
      severity: "warning",
      title: `${plural(notes.renamedSamples.length, "sample name")} repeated`,
      detail: "The second sample of a name got .1, the third .2, and so on.",
      remedy: "If these are repeated measurements of one patient, name the patient's column as groups; if they are copies, remove them.",
      ...listed(notes.renamedSamples.map(({ from, to }) => ({ name: from, value: to }))),
    });
  }
  if (stats.equalSamples.length > 0) {
    findings.push({
      id: "identical_samples",
      severity: "warning",
      title: `${plural(stats.equalSamples.length, "sample")} with the same values as another`,
      detail: "A copy in the training part of its twin in the test part makes every estimate of performance too good.",
      remedy: "Remove the copies.",
      ...listed(stats.equalSamples.map(([first, copy]) => ({ name: sampleIds[copy]!, value: sampleIds[first]! }))),
    });
  }
  findings.push(...sheetFindings(cohort));
  if (notes.leftOut.length > 0) {
    findings.push({
      id: "left_out",
      severity: "info",
      title: `${plural(notes.leftOut.length, "column")} left out`,
      detail: "Parts of the file that are neither values of features nor descriptions of samples.",
      remedy: "",
      ...listed(notes.leftOut.map(({ name, reason }) => ({ name, value: reason }))),
    });
  }
  return findings;
};

function sheetFindings({ notes, sampleIds }: Parameters<Check>[0]["cohort"]): Finding[] {
  const { sheet } = notes;
  if (!sheet) return [];
  const { samplesWithout, rowsWithout, doubled } = sheet;
  const findings: Finding[] = [
    {
      id: "sample_sheet",
      severity: samplesWithout.length > 0 ? "warning" : "info",
      title: `The sample sheet describes ${sheet.matched} of ${sampleIds.length} samples`,
      detail: `Joined by its column ${sheet.column}. ${plural(rowsWithout.length, "line")} of the sheet ${rowsWithout.length === 1 ? "names" : "name"} no sample of the matrix.`,
      remedy:
        samplesWithout.length > 0 ? "Samples without a description have no label and cannot be learned from; add them to the sheet." : "",
      ...(samplesWithout.length > 0 ? listed(samplesWithout.map((name) => ({ name }))) : {}),
    },
  ];
  if (doubled.length > 0) {
    findings.push({
      id: "sample_sheet_repeats",
      severity: "warning",
      title: `${plural(doubled.length, "sample")} described more than once`,
      detail: "The first line of each was used.",
      remedy: "Leave one line for each sample in the sheet.",
      ...listed(doubled.map((name) => ({ name }))),
    });
  }
  return findings;
}
