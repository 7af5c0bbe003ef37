/** Exports of `assembly/moments.ts`; addresses are bytes, layouts as drawn there. */
export interface MomentsKernels {
  groupMoments(columns: number, p: number, weights: number, k: number, stride: number, out: number): void;
  pairMoments(columns: number, p: number, y: number, w: number, stride: number, out: number): void;
}
