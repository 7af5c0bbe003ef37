import { addScaled, dot } from "./ridge-system.ts";

export interface Problem {
  /** value at theta; fills the gradient in */
  evaluate(theta: Float64Array, gradient: Float64Array): number;
  /** v = H0 v, H0 about the inverse of the Hessian */
  precondition(v: Float64Array): void;
}

/** Pairs of steps and changes of the gradient that are remembered. */
const MEMORY = 8;
/** Values that differ by less than this, relatively, are equal up to rounding. */
const ROUNDING = 1e-13;

/**
 * Minimises a smooth strictly convex function from `theta`, in place, by preconditioned limited-memory BFGS (two-loop recursion)
 * with step halving: a step counts when the value falls enough (Armijo, 1e-4), or, where values are equal up to rounding,
 * when the slope along it shrinks. Source: Nocedal & Wright 2006, algorithms 7.4 and 3.1; Hager & Zhang 2005 for the latter.
 *
 * @param tolerance  largest absolute gradient entry at which it stops
 * @returns iterations used, and whether the tolerance was reached
 */
export function minimizeSmooth(
  problem: Problem,
  theta: Float64Array,
  tolerance: number,
  limit: number,
): { iterations: number; converged: boolean } {
  const size = theta.length;
  let gradient = new Float64Array(size);
  let nextGradient = new Float64Array(size);
  const next = new Float64Array(size);
  const memory: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  let value = problem.evaluate(theta, gradient);
  for (let iteration = 0; iteration < limit; iteration++) {
    if (largest(gradient) <= tolerance) return { iterations: iteration, converged: true };
    const direction = descent(gradient, memory, problem);
    const slope = dot(direction, gradient);
    let step = 1;
    for (;;) {
      for (let i = 0; i < size; i++) next[i] = theta[i]! + step * direction[i]!;
      const nextValue = problem.evaluate(next, nextGradient);
      const level = nextValue <= value + ROUNDING * Math.abs(value) && Math.abs(dot(direction, nextGradient)) < 0.9 * Math.abs(slope);
      if (level || nextValue <= value + 1e-4 * step * slope) {
        value = nextValue;
        break;
      }
      step /= 2;
      if (step < 1e-12) return { iterations: iteration, converged: false };
    }
    const s = next.map((entry, i) => entry - theta[i]!);
    const y = nextGradient.map((entry, i) => entry - gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 0) memory.push({ s, y, rho: 1 / curvature });
    if (memory.length > MEMORY) memory.shift();
    theta.set(next);
    [gradient, nextGradient] = [nextGradient, gradient];
  }
  return { iterations: limit, converged: largest(gradient) <= tolerance };
}

/** -H gradient, H the inverse Hessian as the memory has it. */
function descent(
  gradient: Float64Array,
  memory: readonly { s: Float64Array; y: Float64Array; rho: number }[],
  problem: Problem,
): Float64Array {
  const v = gradient.slice();
  const alphas: number[] = [];
  for (let m = memory.length - 1; m >= 0; m--) {
    const { s, y, rho } = memory[m]!;
    alphas[m] = rho * dot(s, v);
    addScaled(v, -alphas[m]!, y);
  }
  problem.precondition(v);
  memory.forEach(({ s, y, rho }, m) => {
    addScaled(v, alphas[m]! - rho * dot(y, v), s);
  });
  for (let i = 0; i < v.length; i++) v[i] = -v[i]!;
  return v;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}
