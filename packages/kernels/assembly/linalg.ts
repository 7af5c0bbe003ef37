/*
 * Products of float32 columns with float64 vectors.
 *
 * Memory: a column is f32[stride], stride = n rounded up to a multiple of 4, padding 0;
 * v is f64[stride]. Rows outside a training part have v = 0, and finite columns there,
 * so that they add an exact zero.
 *
 * Order of summation, which fixes the bits of the result: four running sums, one per row
 * modulo 4, then (s0 + s1) + (s2 + s3) as lanes (s0 + s2) + (s1 + s3).
 */

// @inline
function sumLanes(a: v128, b: v128): f64 {
  const s = f64x2.add(a, b);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** x'v for one column. */
export function dot(x: usize, v: usize, stride: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  const end = x + (<usize>stride << 2);
  while (x < end) {
    const x4 = v128.load(x);
    a = f64x2.add(a, f64x2.mul(f64x2.promote_low_f32x4(x4), v128.load(v)));
    b = f64x2.add(b, f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<u32>(x4, x4, 2, 3, 2, 3)), v128.load(v, 16)));
    x += 16;
    v += 32;
  }
  return sumLanes(a, b);
}

/** out[j] = x_j'v for p columns given by their addresses (u32[p]). */
export function crossProducts(columns: usize, p: i32, v: usize, stride: i32, out: usize): void {
  for (let j = 0; j < p; j++) {
    store<f64>(out + (<usize>j << 3), dot(load<u32>(columns + (<usize>j << 2)), v, stride));
  }
}
