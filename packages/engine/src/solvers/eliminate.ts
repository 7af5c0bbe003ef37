import type { TrainingPart } from "../part.ts";
import { viewOf } from "../part-view.ts";
import { type Design, designOf } from "./design.ts";
import { addGram, gramOf, standardRows } from "./gram.ts";
import { svmAmongFeatures, svmAmongSamples } from "./linear-svm.ts";
import { standardProducts } from "./rotated-design.ts";

export interface EliminationOptions {
  /** weights of the m samples, multiplicities included; they scale C */
  readonly weights: ArrayLike<number>;
  readonly standardise: boolean;
  readonly c: number;
}

/** Fits SVMs to fewer and fewer features of a part. */
export interface Elimination {
  /** features that vary, ascending */
  readonly usable: Uint32Array;
  /**
   * Squared weights of all p features, summed over the classes, of SVMs on those of `features`; 0 elsewhere. Call it with ever fewer.
   * @throws EngineError  not_converged
   */
  weights(features: Uint32Array): Float64Array;
}

/**
 * Linear SVMs, one against the rest where there are more than two classes, for recursive elimination. While there are more
 * features than samples the products between samples are kept and the share of the features that left is taken away.
 *
 * Cost O(m² p) for all rounds together, and the solver's O(m³) some times a round and class.
 */
export function withElimination<T>(part: TrainingPart, options: EliminationOptions, body: (elimination: Elimination) => T): T {
  const view = viewOf(part);
  return view.arena.scope(() => {
    const rows = new Float64Array(view.n);
    for (let i = 0; i < part.m; i++) rows[view.rows[i]!] = options.weights[i]!;
    const design = designOf(view, rows, options.standardise);
    const usable = Uint32Array.from(design.inverse.keys()).filter((j) => design.inverse[j] !== 0);
    const C = Float64Array.from(options.weights, (weight) => options.c * weight);
    const signs = signsOf(part);
    const products = new Products(design);
    const last: (Float64Array | undefined)[] = [];
    const weights = (features: Uint32Array) => {
      const total = new Float64Array(part.p);
      const few = features.length < part.m;
      const Z = few ? standardRows(design, features) : undefined;
      const gram = few ? undefined : products.of(features);
      const wanted = new Uint8Array(part.p);
      for (const j of features) wanted[j] = 1;
      signs.forEach((y, k) => {
        if (Z !== undefined) {
          const { theta } = svmAmongFeatures(Z, features.length, y, C);
          features.forEach((j, a) => {
            total[j]! += theta[a]! * theta[a]!;
          });
          return;
        }
        const { theta } = svmAmongSamples(gram!, y, C, last[k]);
        last[k] = theta;
        const w = standardProducts(design, theta);
        for (let j = 0; j < part.p; j++) if (wanted[j] === 1) total[j]! += w[j]! * w[j]!;
      });
      return total;
    };
    return body({ usable, weights });
  });
}

/** For each SVM the m samples as -1 or 1: the second of two classes, or each class against the rest. */
export function signsOf({ target }: TrainingPart): Float64Array[] {
  if (target.task !== "binary" && target.task !== "multiclass") throw new Error("an SVM separates classes");
  const codes = target.classes.length === 2 ? [1] : Array.from(target.classes.keys());
  return codes.map((code) => Float64Array.from(target.y, (own) => (own === code ? 1 : -1)));
}

/** Z Z' over a set of features that only loses members. */
class Products {
  readonly #design: Design;
  #features: Uint32Array | undefined;
  #gram: Float64Array = new Float64Array(0);

  constructor(design: Design) {
    this.#design = design;
  }

  of(features: Uint32Array): Float64Array {
    const kept = new Set(features);
    const removed = this.#features?.filter((j) => !kept.has(j));
    // what is left after much was taken away is better summed anew than trusted to cancel
    if (removed === undefined || removed.length >= features.length) this.#gram = gramOf(this.#design, features);
    else addGram(this.#gram, this.#design, removed, -1);
    this.#features = features;
    return this.#gram;
  }
}
