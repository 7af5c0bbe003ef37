import { rankBy } from "./rank.ts";

/** An option that drops the features whose score is below it. */
export interface CutOff {
  /** name of the option, and the score that a user sets with it, in words */
  readonly option: string;
  readonly score: string;
  readonly least: number;
  /** why some features have no score */
  readonly unjudged: string;
}

export interface AboveCutOff {
  /** best first, at most as many as asked for */
  readonly features: number[];
  readonly summary: { tested: number; untestable: number; passing: number };
  readonly notes: string[];
}

/** The best features whose score reaches the cut-off; NaN: not judged, never chosen. Says why fewer than asked for, and which cut-off takes one more. */
export function rankAbove(names: readonly string[], limit: number, score: Float64Array, cut: CutOff): AboveCutOff {
  const judged = score.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  const passes = score.map((value) => (value >= cut.least ? value : Number.NaN));
  const passing = passes.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  const notes: string[] = [];
  if (judged < names.length) notes.push(`${names.length - judged} of ${names.length} features were not judged: ${cut.unjudged}.`);
  if (passing < Math.min(limit, judged)) {
    const next = rankBy(
      names,
      1,
      score.map((value) => (value < cut.least ? value : Number.NaN)),
    )[0]!;
    notes.push(
      `${passing} of ${judged} features have ${cut.score} of at least ${cut.least}. ` +
        `The nearest ${cut.option} that selects more is ${downTo4(score[next]!)} (${names[next]}).`,
    );
  }
  return { features: rankBy(names, limit, passes), summary: { tested: judged, untestable: names.length - judged, passing }, notes };
}

/** Four digits, rounded down, so that the value named does let the feature through. */
function downTo4(value: number): string {
  const rounded = Number(value.toPrecision(4));
  if (rounded <= value) return String(rounded);
  const unit = Number(`1e${Number(value.toExponential().split("e")[1]) - 3}`);
  return String(Number((rounded - unit).toPrecision(4)));
}
