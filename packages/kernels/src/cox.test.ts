import { expect, test } from "vitest";
import { Arena, COX_FIELDS, COX_STATES, HEAP_BASE, instantiate, RISK_FIELDS, sharedMemory } from "./index.ts";
import { partialLikelihood } from "./reference/cox.ts";

const memory = sharedMemory(2 * 2 ** 20);
const kernels = instantiate(memory);

/** Five columns of n values, the second far from zero, with gaps; times in few values, so that they tie. */
function cohort(n: number) {
  let state = 4711;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  const columns = [0, 1, 2, 3, 4].map((j) =>
    Float32Array.from({ length: n }, () => (j > 1 && next() < 0.2 ? Number.NaN : 500 * j + next() + next())),
  );
  const time = Float64Array.from({ length: n }, () => Math.ceil(12 * next()));
  const event = Float64Array.from({ length: n }, () => (next() < 0.6 ? 1 : 0));
  const weights = Float64Array.from({ length: n }, () => Math.floor(4 * next()));
  return { columns, time, event, weights };
}

function run({ columns, time, event, weights }: ReturnType<typeof cohort>, efron: boolean): Record<string, number>[] {
  const arena = new Arena(memory, HEAP_BASE, memory.buffer.byteLength);
  const n = time.length;
  const addresses = arena.u32(columns.length);
  columns.forEach((values, j) => {
    addresses[j] = arena.zeros(4 * n);
    new Float32Array(memory.buffer, addresses[j]!, n).set(values);
  });
  const rows = Array.from({ length: n }, (_, i) => i).filter((i) => weights[i]! > 0);
  rows.sort((a, b) => time[b]! - time[a]! || a - b);
  const order = arena.u32(rows.length);
  const tie = arena.u32(rows.length);
  order.set(rows);
  tie.set(rows.map((i) => time[i]!));
  const [e, w] = [arena.f64(n), arena.f64(n)];
  e.set(event);
  w.set(weights);
  const scratch = arena.f64(4 * rows.length + 1).byteOffset;
  const out = arena.f64(columns.length * COX_FIELDS.length);
  const m = rows.length;
  kernels.coxUnivariate(
    addresses.byteOffset,
    columns.length,
    order.byteOffset,
    tie.byteOffset,
    m,
    e.byteOffset,
    w.byteOffset,
    efron,
    scratch,
    out.byteOffset,
  );
  return columns.map((_, j) => Object.fromEntries(COX_FIELDS.map((name, k) => [name, out[j * COX_FIELDS.length + k]!])));
}

test.each([
  [15, true],
  [40, true],
  [40, false],
  [211, true],
  [211, false],
])("%i rows, Efron %s: the slope of the plain twin is 0 at beta, its curvature and likelihood the same", (n, efron) => {
  const data = cohort(n);
  run(data, efron).forEach((got, j) => {
    const column = { ...data, x: data.columns[j]! };
    // centred: at 2000 the twin's powers lose their digits
    const middle = column.x.find((value) => !Number.isNaN(value))!;
    const centred = { ...column, x: Float64Array.from(column.x, (value) => value - middle) };
    const here = partialLikelihood(centred, got.beta!, efron);
    const start = partialLikelihood(centred, 0, efron);
    expect(COX_STATES[got.state!]).toBe("fitted");
    expect(Math.abs(here.slope) / Math.sqrt(here.information)).toBeLessThan(1e-9);
    expect(Math.abs(got.information! / here.information - 1)).toBeLessThan(1e-9);
    expect(Math.abs(got.ratio! - 2 * (here.log - start.log))).toBeLessThan(1e-9);
    expect(Math.abs(got.score! - start.slope / Math.sqrt(start.information))).toBeLessThan(1e-9);
    const known = Array.from(data.weights.keys()).filter((i) => !Number.isNaN(column.x[i]));
    expect(got.count).toBe(known.reduce((sum, i) => sum + data.weights[i]!, 0));
    expect(got.events).toBe(known.reduce((sum, i) => sum + data.weights[i]! * data.event[i]!, 0));
  });
});

test("a likelihood without a maximum is named: rising, falling, or flat", () => {
  const time = Float64Array.from([1, 2, 2, 3, 4, 5]);
  const event = Float64Array.from([1, 1, 1, 0, 1, 0]);
  const columns = [
    [9, 8, 8, 3, 4, 1],
    [1, 2, 2, 8, 5, 6],
    [3, 3, 3, 3, 3, 3],
    // Efron and Breslow alike: one of the tied events is below the top of their risk set
    [9, 8, 7, 3, 4, 1],
    [Number.NaN, Number.NaN, Number.NaN, 2, Number.NaN, 1],
  ].map((values) => Float32Array.from(values));
  for (const efron of [true, false]) {
    const got = run({ columns, time, event, weights: new Float64Array(6).fill(1) }, efron);
    expect(got.map(({ state }) => COX_STATES[state!])).toEqual(["rising", "falling", "untestable", "fitted", "untestable"]);
    expect(Math.sign(got[0]!.score!)).toBe(1);
    expect(Math.sign(got[1]!.score!)).toBe(-1);
  }
});

test("a coefficient of hundreds, its column in one order with the times but for one pair, is found", () => {
  const n = 400;
  const x = Float32Array.from({ length: n }, (_, i) => -i);
  [x[200], x[201]] = [x[201]!, x[200]!];
  const ones = new Float64Array(n).fill(1);
  const data = { columns: [x], time: Float64Array.from(x.keys()), event: ones, weights: ones };
  const [got] = run(data, true);
  // of standardised x 691.5435361396; log 399 = 5.99 of x, but for the values beside the pair
  expect(COX_STATES[got!.state!]).toBe("fitted");
  const sd = Math.sqrt((n * n - 1) / 12);
  expect(got!.beta! * sd).toBeCloseTo(691.5435361396, 8);
  expect(got!.information! / sd ** 2).toBeCloseTo(7.518891211e-5, 12);
});

test.each([3, 900])(
  "the Hessian of Breslow's likelihood times a vector, and descent on it, are those of its dense twin; predictors up to %i apart",
  (apart) => {
    const n = 29;
    const { columns, time, event, weights } = cohort(n);
    const arena = new Arena(memory, HEAP_BASE, memory.buffer.byteLength);
    const stride = 4 * Math.ceil(n / 4);
    const vector = (values: ArrayLike<number>) => {
      const at = arena.f64(stride);
      at.set(values);
      return at;
    };
    const eta = Float64Array.from(columns[0]!, (x) => (apart / 2) * (x - 1));
    const { hessian, curvature, order, e, fade, share } = breslowHessian(eta, time, event, weights);
    const h = vector(curvature);
    const record = arena.u32(RISK_FIELDS.length);
    const rows = arena.u32(order.length);
    rows.set(order);
    const fields: Record<string, number> = {
      order: rows.byteOffset,
      share: vector(share).byteOffset,
      e: vector(e).byteOffset,
      fade: vector(fade).byteOffset,
      m: order.length,
      hazard: arena.f64(n).byteOffset,
      z: arena.f64(stride).byteOffset,
      product: arena.f64(stride).byteOffset,
      slots: arena.f64(stride).byteOffset,
      // room for one column's product: the other's is worked out each time
      all: 1,
      used: 0,
      slot: arena.u32(2).byteOffset,
    };
    record.set(RISK_FIELDS.map((name) => fields[name]!));
    const q = vector(columns[1]!.map((x) => x - 500));
    const out = arena.f64(stride);
    kernels.riskProduct(record.byteOffset, q.byteOffset, h.byteOffset, out.byteOffset, stride);
    for (let i = 0; i < n; i++)
      expect(out[i]).toBeCloseTo(
        hessian[i]!.reduce((sum, value, k) => sum + value * q[k]!, 0),
        12,
      );

    // that far apart there is hardly a curvature to descend on
    if (apart > 100) return;
    const z = [columns[0]!, columns[1]!.map((x) => x - 500)].map((values) => Float64Array.from(values));
    const addresses = arena.u32(2);
    z.forEach((values, j) => {
      addresses[j] = arena.zeros(4 * stride);
      new Float32Array(memory.buffer, addresses[j]!, n).set(values);
    });
    const start = hessian.map((row) => row.reduce((sum, value, k) => sum + value * (2 * z[0]![k]! - z[1]![k]!), 0));
    const [beta, mean, known, inverse, r] = [arena.f64(2), arena.f64(2), arena.f64(2).fill(-1), arena.f64(2).fill(1), vector(start)];
    const list = arena.u32(2);
    list.set([0, 1]);
    const hSum = h.reduce((a, b) => a + b, 0);
    const [saved, direction] = [arena.f64(2).byteOffset, arena.f64(stride).byteOffset];
    const [b, m, c, i] = [beta.byteOffset, mean.byteOffset, known.byteOffset, inverse.byteOffset];
    const shape = [addresses.byteOffset, list.byteOffset, 2, b, m, c, i, r.byteOffset, h.byteOffset, hSum, stride] as const;
    const sweeps = kernels.glmDescend(...shape, 0, 0, 1e-13, 500, saved, direction, record.byteOffset, 2);
    expect(sweeps).toBeLessThan(500);
    // without a penalty the quadratic model's minimum is what made its residual
    expect(beta[0]).toBeCloseTo(2, 7);
    expect(beta[1]).toBeCloseTo(-1, 7);
    for (let k = 0; k < n; k++) expect(r[k]).toBeCloseTo(0, 9);
  },
);

/** By its definition, from hazards relative to the largest predictor of each risk set. */
function breslowHessian(eta: Float64Array, time: Float64Array, event: Float64Array, weights: Float64Array) {
  const n = eta.length;
  const rows = Array.from({ length: n }, (_, i) => i).filter((i) => weights[i]! > 0);
  const order = [...rows].sort((a, b) => time[b]! - time[a]! || a - b);
  const hessian = Array.from({ length: n }, () => new Float64Array(n));
  for (const at of new Set(rows.filter((i) => event[i]).map((i) => time[i]!))) {
    const risk = rows.filter((i) => time[i]! >= at);
    const W = rows.filter((i) => time[i] === at && event[i]).reduce((sum, i) => sum + weights[i]!, 0);
    const top = Math.max(...risk.map((i) => eta[i]!));
    const S = risk.reduce((sum, i) => sum + weights[i]! * Math.exp(eta[i]! - top), 0);
    const share = (i: number) => (weights[i]! * Math.exp(eta[i]! - top)) / S;
    for (const i of risk) for (const k of risk) hessian[i]![k]! += W * ((i === k ? share(i) : 0) - share(i) * share(k));
  }
  let high = eta[order[0]!]!;
  let sum = 0;
  const state = order.map((i, k) => {
    const next = Math.max(high, eta[i]!);
    const fade = Math.exp(high - next);
    high = next;
    const e = weights[i]! * Math.exp(eta[i]! - high);
    sum = sum * fade + e;
    const last = k + 1 === order.length || time[order[k + 1]!] !== time[i];
    const W = rows.filter((j) => time[j] === time[i] && event[j]).reduce((total, j) => total + weights[j]!, 0);
    return { e, fade, share: last ? W / sum ** 2 : 0 };
  });
  const curvature = new Float64Array(n);
  let hazard = 0;
  for (let k = order.length - 1; k >= 0; k--) {
    const { e, fade, share } = state[k]!;
    if (share > 0) hazard += share * sumAt(k);
    curvature[order[k]!] = e * hazard;
    hazard *= fade;
  }
  return { hessian, curvature, order, e: state.map((s) => s.e), fade: state.map((s) => s.fade), share: state.map((s) => s.share) };

  /** S of the time that ends at k, over e^high there. */
  function sumAt(k: number): number {
    let S = 0;
    for (let l = 0; l <= k; l++) S = S * state[l]!.fade + state[l]!.e;
    return S;
  }
}
