import { describe, expect, test } from "vitest";
import { Arena, align, HEAP_BASE, instantiate, sharedMemory } from "./index.ts";
import { descend, moments, product, softmax } from "./reference/glm.ts";

const memory = sharedMemory(2 ** 22);
const kernels = instantiate(memory);
const arena = new Arena(memory, HEAP_BASE, 2 ** 22);

/** Reproducible numbers in [-1, 1). */
function numbers(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function laidOut(n: number, p: number) {
  const stride = align(n, 4);
  const columns = Array.from({ length: p }, (_, j) => Float32Array.from(numbers(n, j + 1), (x) => 3 + (1 + j) * x));
  const addresses = arena.u32(p);
  columns.forEach((column, j) => {
    addresses[j] = arena.zeros(4 * stride);
    new Float32Array(memory.buffer, addresses[j]!, n).set(column);
  });
  const vector = (values: ArrayLike<number>) => {
    const at = arena.f64(stride);
    at.set(values);
    return at;
  };
  return { stride, columns, addresses, vector };
}

const weightsOf = (n: number) => {
  const raw = numbers(n, 99).map((x, i) => (i % 5 === 2 ? 0 : Math.abs(x) + 0.1));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((w) => w / sum);
};

describe.each([1, 4, 7, 8, 12, 13, 30])("columns of %i samples, against the plain twins", (n) => {
  test("moments, products and gradients", () => {
    arena.scope(() => {
      const p = 5;
      const { stride, columns, addresses, vector } = laidOut(n, p);
      const [v, r] = [vector(weightsOf(n)), vector(numbers(n, 7))];
      const [mean, sd, products, gradients, inverse] = [arena.f64(p), arena.f64(p), arena.f64(p), arena.f64(p), arena.f64(p).fill(0.5)];
      kernels.glmMoments(addresses.byteOffset, p, v.byteOffset, stride, mean.byteOffset, sd.byteOffset);
      kernels.glmCrossProducts(addresses.byteOffset, p, r.byteOffset, stride, products.byteOffset);
      const list = arena.u32(2);
      list.set([4, 1]);
      kernels.glmGradients(addresses.byteOffset, list.byteOffset, 2, r.byteOffset, stride, inverse.byteOffset, gradients.byteOffset);
      columns.forEach((column, j) => {
        const expected = moments(column, v.subarray(0, n));
        expect(mean[j]).toBeCloseTo(expected.mean, 12);
        expect(sd[j]).toBeCloseTo(expected.sd, 12);
        expect(products[j]).toBeCloseTo(product(column, r), 12);
        expect(gradients[j]).toBe(j === 4 || j === 1 ? products[j]! / 2 : 0);
      });
    });
  });

  test.each([6, 3])("coordinate descent, columns from %i on without a penalty", (free) => {
    arena.scope(() => {
      const p = 6;
      const { stride, columns, addresses, vector } = laidOut(n, p);
      const h = vector(weightsOf(n));
      const start = numbers(n, 5).map((x, i) => x * h[i]!);
      const sum = start.reduce((a, b) => a + b, 0);
      const r = vector(start.map((x, i) => x - sum * h[i]!));
      const [beta, mean, curvature, inverse] = [arena.f64(p), arena.f64(p), arena.f64(p).fill(-1), arena.f64(p).fill(0.3)];
      const list = arena.u32(4);
      list.set([5, 0, 3, 2]);
      const twin = { columns, inverse, h: h.subarray(0, n), l1: 0.01, l2: 0.02, free };
      const [twinBeta, twinR] = [new Array<number>(p).fill(0), Array.from(r.subarray(0, n))];
      const sweeps = descend(twin, Array.from(list), twinBeta, twinR, 1e-10, 500);
      const used = kernels.glmDescend(
        addresses.byteOffset,
        list.byteOffset,
        4,
        beta.byteOffset,
        mean.byteOffset,
        curvature.byteOffset,
        inverse.byteOffset,
        r.byteOffset,
        h.byteOffset,
        h.reduce((a, b) => a + b, 0),
        stride,
        0.01,
        0.02,
        1e-10,
        500,
        arena.f64(4).byteOffset,
        arena.f64(stride).byteOffset,
        0,
        free,
      );
      expect(Math.max(used, sweeps)).toBeLessThan(500);
      for (let j = 0; j < p; j++) expect(beta[j]).toBeCloseTo(twinBeta[j]!, 7);
      for (let i = 0; i < n; i++) expect(r[i]).toBeCloseTo(twinR[i]!, 7);
    });
  });

  test("logistic and multinomial losses", () => {
    arena.scope(() => {
      const { vector } = laidOut(n, 1);
      const v = weightsOf(n);
      const eta = numbers(n, 3).map((x) => 8 * x);
      const y = eta.map((_, i) => i % 2);
      const [u, h] = [vector([]), vector([])];
      const loss = kernels.glmLogistic(vector(eta).byteOffset, vector(y).byteOffset, vector(v).byteOffset, n, u.byteOffset, h.byteOffset);
      const two = softmax([new Array(n).fill(0), eta], y, v);
      expect(loss).toBeCloseTo(two.loss, 13);
      for (let i = 0; i < n; i++) expect([u[i], h[i]]).toEqual([close(two.u[1]![i]!), close(two.h[1]![i]!)]);

      const K = 3;
      const predictors = [0, 1, 2].map((k) => numbers(n, 20 + k).map((x) => 5 * x));
      const codes = eta.map((_, i) => i % K);
      const stride = align(n, 4);
      const flat = arena.f64(K * stride);
      predictors.forEach((values, k) => {
        flat.set(values, k * stride);
      });
      const [uK, hK, z, top] = [arena.f64(K * stride), arena.f64(K * stride), arena.f64(K * stride), arena.f64(stride)];
      const [e, w] = [flat.byteOffset, vector(v).byteOffset];
      const [cs, to] = [vector(codes).byteOffset, [uK.byteOffset, hK.byteOffset, z.byteOffset, top.byteOffset] as const];
      const judge = (changed: number) => {
        const value = kernels.glmSoftmax(e, cs, w, n, K, 8 * stride, ...to, changed);
        const expected = softmax(predictors, codes, v);
        expect(value).toBeCloseTo(expected.loss, 13);
        for (let k = 0; k < K; k++) {
          for (let i = 0; i < n; i++) {
            expect([uK[k * stride + i], hK[k * stride + i]]).toEqual([close(expected.u[k]![i]!), close(expected.h[k]![i]!)]);
          }
        }
      };
      judge(-1);
      // one predictor moves, by little and by so much that samples get another top, up and down
      for (const size of [1, 100, -200, 0.5]) {
        predictors[1] = predictors[1]!.map((x, i) => x + size * (1 + (i % 3)));
        flat.set(predictors[1]!, stride);
        judge(1);
      }
    });
  });
});

const close = (value: number) => expect.closeTo(value, 14);

test("a column is constant only if its samples of positive weight are equal, however large its mean", () => {
  arena.scope(() => {
    const { stride, addresses, vector } = laidOut(8, 2);
    const v = vector([0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0]);
    new Float32Array(memory.buffer, addresses[0]!, 8).set([1e7, 1e7, 1e7, 1e7, -5, 3e30, 2, 1]);
    new Float32Array(memory.buffer, addresses[1]!, 8).set([1e7, 1e7, 1e7, 1e7 + 1, 0, 0, 0, 0]);
    const [mean, sd] = [arena.f64(2), arena.f64(2)];
    kernels.glmMoments(addresses.byteOffset, 2, v.byteOffset, stride, mean.byteOffset, sd.byteOffset);
    expect(sd[0]).toBe(0);
    expect(sd[1]).toBeCloseTo(Math.sqrt(3) / 4, 6);
  });
});

test("gradients at a combination of known residuals, and which of them can be above a bound", () => {
  arena.scope(() => {
    const G = [arena.f64(3), arena.f64(3)];
    G[0]!.set([1, 2, 3]);
    G[1]!.set([-1, 0, 5]);
    const [at, a, inverse, reach, out, list] = [arena.u32(2), arena.f64(2), arena.f64(3), arena.f64(3), arena.f64(3), arena.u32(3)];
    at.set(G.map((g) => g.byteOffset));
    a.set([2, -3]);
    inverse.set([1, 0.5, 0]);
    reach.set([1, 2, 0]);
    kernels.glmCombine(at.byteOffset, a.byteOffset, 2, 3, inverse.byteOffset, out.byteOffset);
    expect(Array.from(out)).toEqual([5, 2, -0]);
    expect(kernels.glmCandidates(out.byteOffset, reach.byteOffset, 3, 1, 5, list.byteOffset)).toBe(1);
    expect(list[0]).toBe(0);
    expect(kernels.glmCandidates(out.byteOffset, reach.byteOffset, 3, 2, 5, list.byteOffset)).toBe(2);
  });
});

/** Distance in units of the last place of `expected`. */
function ulps(got: number, expected: number): number {
  if (got === expected) return 0;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(expected))), -1022);
  return Math.abs(got - expected) / 2 ** Math.max(exponent - 52, -1074);
}

describe("exp and log", () => {
  // The host's are good to 1 unit as well, so that 2 apart is the most that can be told from here.
  test("within 2 units in the last place of the host's", () => {
    for (const scale of [1e-9, 0.01, 1, 30, 700]) {
      for (const x of numbers(2000, 42)) {
        expect(ulps(kernels.glmExp(scale * x), Math.exp(scale * x))).toBeLessThanOrEqual(2);
        const t = Math.abs(scale * x) + 1e-300;
        expect(ulps(kernels.glmLog(t), Math.log(t))).toBeLessThanOrEqual(2);
        expect(ulps(kernels.glmLog1p(t), Math.log1p(t))).toBeLessThanOrEqual(2);
        expect(ulps(kernels.glmLog(1 + x / 100), Math.log(1 + x / 100))).toBeLessThanOrEqual(2);
      }
    }
  });

  test("ends of the range", () => {
    expect([0, 1000, -1000, Number.NEGATIVE_INFINITY, Number.NaN].map(kernels.glmExp)).toEqual([
      1,
      Number.POSITIVE_INFINITY,
      0,
      0,
      Number.NaN,
    ]);
    expect(ulps(kernels.glmExp(-740), Math.exp(-740))).toBeLessThanOrEqual(1);
    expect(ulps(kernels.glmExp(709.7), Math.exp(709.7))).toBeLessThanOrEqual(1);
    expect([1, 0, -1, Number.POSITIVE_INFINITY].map(kernels.glmLog)).toEqual([
      0,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]);
    expect(ulps(kernels.glmLog(5e-324), Math.log(5e-324))).toBeLessThanOrEqual(1);
    expect(kernels.glmLog1p(0)).toBe(0);
  });
});
