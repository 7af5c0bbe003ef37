/** Exports of `assembly/linalg.ts`; addresses are bytes, layouts as drawn there. */
export interface LinalgKernels {
  dot(x: number, v: number, stride: number): number;
  crossProducts(columns: number, p: number, v: number, stride: number, out: number): void;
}
