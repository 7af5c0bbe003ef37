import type { TrainingPart } from "../part.ts";

/** Features of one tile: its values of all samples stay in the processor's cache. */
const TILE = 64;
/** Rows of distances kept at a time. */
const BLOCK = 512;

/** Least value and range of every feature in a part, imputed; range 0: constant. */
export interface Ranges {
  readonly least: Float64Array;
  readonly range: Float64Array;
}

export function rangesOf(part: TrainingPart): Ranges {
  const least = new Float64Array(part.p);
  const range = new Float64Array(part.p);
  for (let j = 0; j < part.p; j++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const value of part.column(j)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    least[j] = low;
    range[j] = part.m > 0 ? high - low : 0;
  }
  return { least, range };
}

/**
 * Manhattan distances, each feature divided by its range, from some samples to all m of the part.
 *
 *   distance(i, s) = sum_j |x_ij - x_sj| / range_j
 *
 * @param samples  positions in the part, each once
 * @param visit    gets each of them in turn with its m distances, which the next call overwrites
 *
 * Cost O(samples m p), half of that where all samples fit one block of 512; memory 512 (m + 1) + 64 m numbers.
 */
export function manhattanDistances(
  part: TrainingPart,
  { least, range }: Ranges,
  samples: Uint32Array,
  visit: (sample: number, distances: Float64Array) => void,
): void {
  const { m, p } = part;
  const tile = new Float64Array(m * TILE);
  const distances = new Float64Array(Math.min(BLOCK, samples.length) * m);
  /** place of a sample in the block at hand, -1 where it is not in it */
  const place = new Int32Array(m);
  for (let start = 0; start < samples.length; start += BLOCK) {
    const block = samples.subarray(start, start + BLOCK);
    distances.fill(0);
    place.fill(-1);
    block.forEach((i, row) => {
      place[i] = row;
    });
    let filled = 0;
    for (let j = 0; j < p; j++) {
      if (range[j]! > 0) fillTile(tile, filled++, part.column(j), least[j]!, range[j]!);
      if (filled < TILE && !(j === p - 1 && filled > 0)) continue;
      for (let t = filled; t < TILE; t++) for (let i = 0; i < m; i++) tile[i * TILE + t] = 0;
      addTile(tile, block, place, m, distances);
      filled = 0;
    }
    mirror(block, m, distances);
    block.forEach((i, row) => {
      visit(i, distances.subarray(row * m, (row + 1) * m));
    });
  }
}

function fillTile(tile: Float64Array, t: number, column: Float64Array, least: number, range: number): void {
  for (let i = 0, at = t; i < column.length; i++, at += TILE) tile[at] = (column[i]! - least) / range;
}

/** Adds a tile's part of the distances; of two samples of the block only once, in the row of the later one. */
function addTile(tile: Float64Array, block: Uint32Array, place: Int32Array, m: number, distances: Float64Array): void {
  for (let row = 0; row < block.length; row++) {
    const a = block[row]! * TILE;
    for (let s = 0; s < m; s++) {
      if (place[s]! >= row) continue;
      const b = s * TILE;
      let d0 = 0;
      let d1 = 0;
      let d2 = 0;
      let d3 = 0;
      for (let t = 0; t < TILE; t += 4) {
        d0 += Math.abs(tile[a + t]! - tile[b + t]!);
        d1 += Math.abs(tile[a + t + 1]! - tile[b + t + 1]!);
        d2 += Math.abs(tile[a + t + 2]! - tile[b + t + 2]!);
        d3 += Math.abs(tile[a + t + 3]! - tile[b + t + 3]!);
      }
      distances[row * m + s]! += d0 + d1 + (d2 + d3);
    }
  }
}

/** Fills in the rows of the earlier of two samples of the block. */
function mirror(block: Uint32Array, m: number, distances: Float64Array): void {
  for (let row = 0; row < block.length; row++) {
    for (let earlier = 0; earlier < row; earlier++) {
      distances[earlier * m + block[row]!] = distances[row * m + block[earlier]!]!;
    }
  }
}
