/*
 * Products between samples: G += sign sum_j z_j z_j' over listed columns, centred and scaled as they are read.
 *
 * Memory: columns u32[p], address of each x_j, f32[stride]; rows u32[m]; centre, inverse f64[p]; z_ij = (x_ij - centre_j) inverse_j.
 *
 *   panel   f64[tiles][K][4]   K columns at a time; tile t holds samples 4 t .. 4 t + 3, zeros after the last sample
 *   out     f64[rows of the strip][4 tiles]   samples 4 first .. 4 last - 1 against all up to their own tile
 *
 * A tile of 4 x 4 products stays in eight vectors while K columns pass by, so that each value read serves four products.
 * Order of summation: columns as listed, one sum a product, K at a time.
 */

/** Writes `count` listed columns at `m` rows into a panel. */
export function gramPack(
  columns: usize,
  list: usize,
  count: i32,
  rows: usize,
  m: i32,
  centre: usize,
  inverse: usize,
  panel: usize,
): void {
  const tiles = (m + 3) >> 2;
  for (let k = 0; k < count; k++) {
    const j = <usize>load<u32>(list + (<usize>k << 2));
    const x = <usize>load<u32>(columns + (j << 2));
    const c = load<f64>(centre + (j << 3));
    const s = load<f64>(inverse + (j << 3));
    for (let r = 0; r < tiles << 2; r++) {
      const at = panel + (((<usize>(r >> 2) * <usize>count + <usize>k) << 5) + (<usize>(r & 3) << 3));
      if (r >= m) store<f64>(at, 0);
      else store<f64>(at, (<f64>load<f32>(x + (<usize>load<u32>(rows + (<usize>r << 2)) << 2)) - c) * s);
    }
  }
}

/** Adds the products of a panel, times `sign`, to the strip of tiles first .. last - 1. */
export function gramAdd(panel: usize, count: i32, first: i32, last: i32, width: i32, sign: f64, out: usize): void {
  const step = <usize>count << 5;
  const line = <usize>width << 3;
  for (let t = first; t < last; t++) {
    const a = panel + <usize>t * step;
    const row = out + <usize>(t - first) * 4 * line;
    for (let u = 0; u <= t; u++) tile(a, panel + <usize>u * step, count, sign, row + (<usize>u << 5), line);
  }
}

function tile(a: usize, b: usize, count: i32, sign: f64, out: usize, line: usize): void {
  let c0 = f64x2.splat(0);
  let c1 = f64x2.splat(0);
  let c2 = f64x2.splat(0);
  let c3 = f64x2.splat(0);
  let d0 = f64x2.splat(0);
  let d1 = f64x2.splat(0);
  let d2 = f64x2.splat(0);
  let d3 = f64x2.splat(0);
  const end = a + (<usize>count << 5);
  while (a < end) {
    const p = v128.load(b);
    const q = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    c0 = f64x2.add(c0, f64x2.mul(a0, p));
    d0 = f64x2.add(d0, f64x2.mul(a0, q));
    const a1 = v128.load64_splat(a, 8);
    c1 = f64x2.add(c1, f64x2.mul(a1, p));
    d1 = f64x2.add(d1, f64x2.mul(a1, q));
    const a2 = v128.load64_splat(a, 16);
    c2 = f64x2.add(c2, f64x2.mul(a2, p));
    d2 = f64x2.add(d2, f64x2.mul(a2, q));
    const a3 = v128.load64_splat(a, 24);
    c3 = f64x2.add(c3, f64x2.mul(a3, p));
    d3 = f64x2.add(d3, f64x2.mul(a3, q));
    a += 32;
    b += 32;
  }
  const s = f64x2.splat(sign);
  add(out, s, c0, d0);
  add(out + line, s, c1, d1);
  add(out + 2 * line, s, c2, d2);
  add(out + 3 * line, s, c3, d3);
}

// @inline
function add(out: usize, s: v128, c: v128, d: v128): void {
  v128.store(out, f64x2.add(v128.load(out), f64x2.mul(s, c)));
  v128.store(out, f64x2.add(v128.load(out, 16), f64x2.mul(s, d)), 16);
}
