export type { CoxL2 } from "./cox-l2.ts";
export type { DenseTable } from "./dense-table.ts";
export type { LogisticL2 } from "./logistic-l2.ts";
export { fitRefit, penalties, predictRefit, type RefitModel } from "./refit.ts";
export type { Ridge } from "./ridge.ts";
