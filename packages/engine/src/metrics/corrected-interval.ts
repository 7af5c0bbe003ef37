import { tQuantile } from "../stats/distributions.ts";

/**
 * 95 % interval of the mean of (repeated) cross-validation estimates, any task and metric: the corrected resampled t interval
 *
 *   mean +- t(0.975, J - 1) sqrt((1/J + testSize / trainSize) s²),   s² with J - 1
 *
 * The second term stands for the overlap of the training parts, without which intervals are far too short.
 * Null for fewer than two values, and where they do not vary: that says nothing about the next sample.
 * Not clipped: the interval of an AUC may reach beyond 1.
 * Source: Nadeau & Bengio 2003, Mach Learn 52, 239; Bouckaert & Frank 2004 for repeats.
 *
 * @param values     J estimates
 * @param trainSize  samples of a training part, mean over the folds
 * @param testSize   samples of a test fold, mean over the folds
 */
export function correctedInterval(values: readonly number[], trainSize: number, testSize: number): [number, number] | null {
  const count = values.length;
  if (count < 2 || values.every((value) => value === values[0])) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const half = tQuantile(0.975, count - 1) * Math.sqrt((1 / count + testSize / trainSize) * (squares / (count - 1)));
  return [mean - half, mean + half];
}
