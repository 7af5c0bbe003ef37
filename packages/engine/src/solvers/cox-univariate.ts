import { COX_FIELDS, COX_STATES } from "@omicselector2/kernels";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { viewOf } from "../part-view.ts";
import { timeOrder } from "../stats/time-order.ts";

export type Ties = "efron" | "breslow";

/** Cox models of one feature each; p entries a field. */
export interface UnivariateCox {
  /**
   * `fitted`; `untestable`: no event with a choice; `rising`, `falling`: a monotone likelihood, beta is infinite;
   * `unfinished`: Newton's steps did not end
   */
  readonly state: (typeof COX_STATES)[number][];
  /** log hazard ratio per unit of the feature, and its standard error; NaN unless fitted */
  readonly beta: Float64Array;
  readonly se: Float64Array;
  /** signed roots of the tests of beta = 0: score test, likelihood ratio (NaN unless fitted) */
  readonly score: Float64Array;
  readonly ratio: Float64Array;
  /** samples with a value, and events among them, each as often as it was drawn */
  readonly count: Float64Array;
  readonly events: Float64Array;
}

/**
 * Univariate Cox regression of every feature on its available values; the likelihood is that of `coxUnivariate` in the
 * kernels. A sample that was drawn several times is a weight, not so many tied events.
 *
 * Cost O(m) a step and feature, some five steps: 412 x 20,531 takes about 0.8 s.
 * @throws EngineError  method_task where the target is not survival
 */
export function univariateCox(part: TrainingPart, ties: Ties): UnivariateCox {
  const { p, target } = part;
  if (target.task !== "survival") throw new EngineError("method_task", "Cox regression needs a time and an event; use t_test or anova");
  const view = viewOf(part);
  const state: UnivariateCox["state"] = [];
  const [beta, se, score, ratio, count, events] = Array.from({ length: 6 }, () => new Float64Array(p)) as Fields;
  view.arena.scope(() => {
    const { arena, n, rows } = view;
    const time = new Float64Array(n);
    const event = arena.f64(n);
    for (let i = 0; i < rows.length; i++) {
      time[rows[i]!] = target.time[i]!;
      event[rows[i]!] = target.event[i]!;
    }
    const sorted = timeOrder(rows, time);
    const order = arena.u32(rows.length);
    order.set(sorted.order);
    const tie = arena.u32(rows.length);
    tie.set(sorted.tie);
    const scratch = arena.f64(4 * rows.length + 1);
    const out = arena.f64(COX_FIELDS.length * p);
    view.kernels.coxUnivariate(
      view.rawColumns,
      p,
      order.byteOffset,
      tie.byteOffset,
      rows.length,
      event.byteOffset,
      view.weights,
      ties === "efron",
      scratch.byteOffset,
      out.byteOffset,
    );
    for (let j = 0; j < p; j++) {
      const at = j * COX_FIELDS.length;
      const fitted = out[at] === 0;
      state.push(COX_STATES[out[at]!]!);
      beta[j] = fitted ? out[at + 1]! : Number.NaN;
      se[j] = fitted ? 1 / Math.sqrt(out[at + 2]!) : Number.NaN;
      score[j] = state[j] === "untestable" ? Number.NaN : out[at + 3]!;
      ratio[j] = fitted ? Math.sign(beta[j]!) * Math.sqrt(out[at + 4]!) : Number.NaN;
      count[j] = out[at + 5]!;
      events[j] = out[at + 6]!;
    }
  });
  return { state, beta, se, score, ratio, count, events };
}

type Fields = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
