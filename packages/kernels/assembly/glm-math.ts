/*
 * exp and log in double precision, within 1 unit in the last place, from their series alone:
 * additions, multiplications and one division in a fixed order, so that every machine gets the same bits.
 */

// ln 2 = LN2_HIGH + LN2_LOW; the first has 32 significant bits, so that k LN2_HIGH is exact for every exponent k.
const LN2_HIGH: f64 = 6.93147180369123816490e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
const LOG2_E: f64 = 1.4426950408889634;

/**
 * e^x = 2^k e^r with k = round(x / ln 2), |r| <= ln 2 / 2, and e^r = 1 + r + r² (1/2! + r/3! + ... + r^11/13!):
 * the first term left out is below 5e-18. c is what rounding took from r.
 */
export function glmExp(x: f64): f64 {
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  if (x != x) return x;
  const k = nearest(x * LOG2_E);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const c = high - r - low;
  let q: f64 = 1.0 / 6227020800.0;
  q = q * r + 1.0 / 479001600.0;
  q = q * r + 1.0 / 39916800.0;
  q = q * r + 1.0 / 3628800.0;
  q = q * r + 1.0 / 362880.0;
  q = q * r + 1.0 / 40320.0;
  q = q * r + 1.0 / 5040.0;
  q = q * r + 1.0 / 720.0;
  q = q * r + 1.0 / 120.0;
  q = q * r + 1.0 / 24.0;
  q = q * r + 1.0 / 6.0;
  q = q * r + 0.5;
  const e = 1.0 + (r + (r * r * q + c));
  // In two halves: 2^k alone can be out of range where the product is not.
  const half = <i64>k >> 1;
  return e * power2(half) * power2(<i64>k - half);
}

// @inline
function power2(k: i64): f64 {
  return reinterpret<f64>((k + 1023) << 52);
}

/**
 * log x = e ln 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt 2). With s = f / (2 + f):
 * log(1 + f) = 2 atanh s = f - (f²/2 - s (f²/2 + R)), R = sum of 2 s^2k / (2k + 1) for k = 1 .. 11;
 * the first term left out is below 1e-19. f stands alone in the sum, so that its bits are kept.
 */
export function glmLog(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  let e: i64 = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984.0;
    e = -54;
  }
  const bits = reinterpret<i64>(x);
  e += (bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m >= 1.4142135623730951) {
    m *= 0.5;
    e++;
  }
  const f = m - 1.0;
  const s = f / (2.0 + f);
  const z = s * s;
  let q: f64 = 2.0 / 23.0;
  q = q * z + 2.0 / 21.0;
  q = q * z + 2.0 / 19.0;
  q = q * z + 2.0 / 17.0;
  q = q * z + 2.0 / 15.0;
  q = q * z + 2.0 / 13.0;
  q = q * z + 2.0 / 11.0;
  q = q * z + 2.0 / 9.0;
  q = q * z + 2.0 / 7.0;
  q = q * z + 2.0 / 5.0;
  q = q * z + 2.0 / 3.0;
  const half = 0.5 * f * f;
  return <f64>e * LN2_HIGH - (half - (s * (half + q * z) + <f64>e * LN2_LOW) - f);
}

/** log(1 + x) for x >= 0: the part of x that 1 + x rounds away is put back to first order. */
export function glmLog1p(x: f64): f64 {
  const u = 1.0 + x;
  return glmLog(u) + (x - (u - 1.0)) / u;
}

/**
 * e^x of f64[count] in place, for x <= 0, two at a time; the value after the last is written over too when count is odd.
 * The series of `glmExp`; what lies below -700 counts as -700 (e^-700 = 1e-304), so that 2^k is always a normal number.
 */
export function expOfPairs(at: usize, count: i32): void {
  // adding and taking this off rounds to a whole number, which then stands in the low bits
  const round = f64x2.splat(6755399441055744.0);
  const end = at + (<usize>count << 3);
  if (count & 1) store<f64>(end, 0);
  for (let p = at; p < end; p += 16) {
    const x = f64x2.max(v128.load(p), f64x2.splat(-700.0));
    const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(LOG2_E)), round);
    const k = f64x2.sub(shifted, round);
    const high = f64x2.sub(x, f64x2.mul(k, f64x2.splat(LN2_HIGH)));
    const low = f64x2.mul(k, f64x2.splat(LN2_LOW));
    const r = f64x2.sub(high, low);
    const c = f64x2.sub(f64x2.sub(high, r), low);
    let q = f64x2.splat(1.0 / 6227020800.0);
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 479001600.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 39916800.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 3628800.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 362880.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 40320.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 5040.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 720.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 120.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 24.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(1.0 / 6.0));
    q = f64x2.add(f64x2.mul(q, r), f64x2.splat(0.5));
    const e = f64x2.add(f64x2.splat(1.0), f64x2.add(r, f64x2.add(f64x2.mul(f64x2.mul(r, r), q), c)));
    const power = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52);
    v128.store(p, f64x2.mul(e, power));
  }
}
