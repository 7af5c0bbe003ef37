/** Plain twin of `assembly/cox.ts`: the partial likelihood of one feature, its risk sets summed one by one. */

export interface Cohort {
  readonly x: ArrayLike<number>;
  readonly time: ArrayLike<number>;
  readonly event: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/** Log likelihood, slope and -second derivative at beta. */
export function partialLikelihood(cohort: Cohort, beta: number, efron: boolean): { log: number; slope: number; information: number } {
  const { x, time, event, weights: w } = cohort;
  const rows = Array.from({ length: x.length }, (_, i) => i).filter((i) => w[i]! > 0 && !Number.isNaN(x[i]));
  let [log, slope, information] = [0, 0, 0];
  for (const at of new Set(rows.filter((i) => event[i]).map((i) => time[i]!))) {
    const risk = rows.filter((i) => time[i]! >= at);
    const dead = rows.filter((i) => time[i] === at && event[i]);
    const weight = dead.reduce((sum, i) => sum + w[i]!, 0);
    const power = (list: number[], q: number) => list.reduce((sum, i) => sum + w[i]! * Math.exp(x[i]! * beta) * x[i]! ** q, 0);
    const terms = efron ? dead.length : 1;
    for (const i of dead) {
      log += w[i]! * x[i]! * beta;
      slope += w[i]! * x[i]!;
    }
    for (let l = 0; l < terms; l++) {
      const [s0, s1, s2] = [0, 1, 2].map((q) => power(risk, q) - (l / terms) * power(dead, q)) as [number, number, number];
      log -= (weight / terms) * Math.log(s0);
      slope -= (weight / terms) * (s1 / s0);
      information += (weight / terms) * (s2 / s0 - (s1 / s0) ** 2);
    }
  }
  return { log, slope, information };
}
