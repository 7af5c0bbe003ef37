/** A unit as the plan has it. */
export interface PlannedUnit {
  /** at most 255 characters */
  readonly id: string;
  /** a unit reads outputs of earlier stages alone; from 1 */
  readonly stage: number;
  /** rough seconds on one thread */
  readonly cost: number;
}

/** Units that follow each other in the order of work: positions from `first` up to, not including, `end`. */
export interface PlannedRange {
  readonly stage: number;
  readonly first: number;
  readonly end: number;
}

/** Ranges of a job at most, its reduce included. */
export const MOST_RANGES = 256;
/** Seconds of work below which a message, a lease and perhaps another reading of the data do not pay. */
const LEAST = 1;
/** The last ones of a stage are smaller, so that workers finish together. */
const LEAST_AT_END = 0.5;
/** Seconds before the end of a stage from which on ranges are small. */
const NEAR_END = 10;
/** A range takes this part of what is left of its stage: so many threads can be at work from the first moment on. */
const PARTS = 64;

/** By stage, the dearest first: what takes longest is not begun last. Ids decide between equals. */
export function inOrderOfWork(units: readonly PlannedUnit[]): PlannedUnit[] {
  return units.toSorted((a, b) => a.stage - b.stage || b.cost - a.cost || (a.id < b.id ? -1 : 1));
}

/**
 * Cuts units, in order of work, into ranges of one stage each; behind them comes one without units: the reduce.
 * Large ones first, small ones last, fewer and larger ones when there would be too many.
 */
export function planRanges(units: readonly PlannedUnit[]): PlannedRange[] {
  const stages = [...Map.groupBy(units.keys(), (position) => units[position]!.stage)];
  const reduce: PlannedRange = { stage: (stages.at(-1)?.[0] ?? 0) + 1, first: units.length, end: units.length };
  for (let scale = 1; ; scale *= 2) {
    const ranges = stages.flatMap(([stage, positions]) => cutStage(units, stage, positions, scale));
    if (ranges.length < MOST_RANGES) return [...ranges, reduce];
  }
}

function cutStage(units: readonly PlannedUnit[], stage: number, positions: readonly number[], scale: number): PlannedRange[] {
  const costOf = (position: number) => units[position]!.cost;
  const total = positions.reduce((sum, position) => sum + costOf(position), 0);
  const stop = positions.at(-1)! + 1;
  const ranges: PlannedRange[] = [];
  let left = total;
  for (let first = positions[0]!; first < stop; ) {
    const least = scale * (total > NEAR_END && left <= NEAR_END * scale ? LEAST_AT_END : LEAST);
    const size = Math.max(least, left / PARTS);
    let end = first + 1;
    let cost = costOf(first);
    // Whichever side of the size is nearer.
    while (end < stop && cost + costOf(end) / 2 <= size) cost += costOf(end++);
    ranges.push({ stage, first, end });
    left -= cost;
    first = end;
  }
  return ranges;
}
