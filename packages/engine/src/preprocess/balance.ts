import type { Draw } from "../part.ts";
import type { Rng } from "../random.ts";
import type { Target } from "../target.ts";

/** How classes of unequal size are made to count the same by drawing samples again. */
export type Redrawing = "undersample" | "oversample";

export type ClassTarget = Extract<Target, { classes: readonly string[] }>;

/** The samples of a draw by class, a sample drawn c times named c times: what one draws from. */
export interface Tickets {
  /** for each class the places of its samples in `draw.rows` */
  readonly places: readonly number[][];
  /** size of the smallest and the largest class that has samples */
  readonly least: number;
  readonly most: number;
}

/** @param codes  class of each row of the draw */
export function ticketsOf(classes: number, codes: ArrayLike<number>, { counts }: Pick<Draw, "counts">): Tickets {
  const places: number[][] = Array.from({ length: classes }, () => []);
  counts.forEach((count, i) => {
    for (let c = 0; c < count; c++) places[codes[i]!]!.push(i);
  });
  const sizes = places.map(({ length }) => length).filter((size) => size > 0);
  return { places, least: Math.min(...sizes), most: Math.max(...sizes) };
}

/**
 * A draw in which every class that has samples has the same number.
 *
 *   undersample   of each larger class a random subset, as many as the smallest has
 *   oversample    to each smaller class samples of its own, with replacement, as many as the largest has
 *
 * @param target  of the rows of the draw, in their order
 * @returns rows of the draw alone, ascending; those that are left out are gone
 */
export function balancedDraw(target: ClassTarget, draw: Draw, how: Redrawing, rng: Rng): Draw {
  const { places, least, most } = ticketsOf(target.classes.length, target.y, draw);
  const counts = new Uint32Array(draw.rows.length);
  places.forEach((tickets, code) => {
    if (tickets.length === 0) return;
    const stream = rng.child(how, code);
    const kept = how === "undersample" ? stream.shuffle([...tickets]).slice(0, least) : tickets;
    for (const i of kept) counts[i]!++;
    if (how === "oversample") for (let s = tickets.length; s < most; s++) counts[tickets[stream.below(tickets.length)]!]!++;
  });
  const left = Uint32Array.from(counts.keys()).filter((i) => counts[i]! > 0);
  return { rows: left.map((i) => draw.rows[i]!), counts: left.map((i) => counts[i]!) };
}
