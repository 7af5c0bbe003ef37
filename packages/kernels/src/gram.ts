/** Exports of `assembly/gram.ts`; addresses are bytes, layouts as drawn there. */
export interface GramKernels {
  gramPack(columns: number, list: number, count: number, rows: number, m: number, centre: number, inverse: number, panel: number): void;
  gramAdd(panel: number, count: number, first: number, last: number, width: number, sign: number, out: number): void;
}
