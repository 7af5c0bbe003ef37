import type { Draw } from "../part.ts";

/** All n samples, once each. */
export function drawAll(n: number): Draw {
  return drawRows(Uint32Array.from({ length: n }, (_, i) => i));
}

/** These samples, once each. @param rows  distinct, ascending */
export function drawRows(rows: Uint32Array): Draw {
  return { rows: rows.slice(), counts: new Uint32Array(rows.length).fill(1) };
}

/** A draw of a draw. @param inner  its rows are positions in `outer.rows`; counts multiply */
export function drawWithin(outer: Draw, inner: Draw): Draw {
  return {
    rows: Uint32Array.from(inner.rows, (position) => outer.rows[position]!),
    counts: Uint32Array.from(inner.rows, (position, i) => outer.counts[position]! * inner.counts[i]!),
  };
}
