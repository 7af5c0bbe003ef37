import { EngineError } from "../errors.ts";
import { anova } from "./anova.ts";
import { auc } from "./auc.ts";
import { boruta } from "./boruta.ts";
import { cfs } from "./cfs.ts";
import { correlationFilter } from "./correlation-filter.ts";
import { coxLasso } from "./cox-lasso.ts";
import { coxUnivariate } from "./cox-univariate.ts";
import type { AnySelector } from "./define.ts";
import { elasticNet } from "./elastic-net.ts";
import { fcbf } from "./fcbf.ts";
import { foldChange } from "./fold-change.ts";
import { heg } from "./heg.ts";
import { hvg } from "./hvg.ts";
import { informationGain } from "./information-gain.ts";
import { kruskal } from "./kruskal.ts";
import { l1Svm } from "./l1-svm.ts";
import { lasso } from "./lasso.ts";
import { moderatedT } from "./moderated-t.ts";
import { mrmr } from "./mrmr.ts";
import { mutualInformation } from "./mutual-information.ts";
import { nearestShrunkenCentroids } from "./nearest-shrunken-centroids.ts";
import { relieff } from "./relieff.ts";
import { rfImportance } from "./rf-importance.ts";
import { ridge } from "./ridge.ts";
import { svmRfe } from "./svm-rfe.ts";
import { symmetricalUncertainty } from "./symmetrical-uncertainty.ts";
import { tTest } from "./t-test.ts";
import { varianceThreshold } from "./variance-threshold.ts";
import { wilcoxon } from "./wilcoxon.ts";
import { xgboost } from "./xgboost.ts";

/** One line per selector. */
export const selectors: readonly AnySelector[] = [
  anova,
  auc,
  boruta,
  cfs,
  correlationFilter,
  coxLasso,
  coxUnivariate,
  elasticNet,
  fcbf,
  foldChange,
  heg,
  hvg,
  informationGain,
  kruskal,
  l1Svm,
  lasso,
  moderatedT,
  mrmr,
  mutualInformation,
  nearestShrunkenCentroids,
  relieff,
  rfImportance,
  ridge,
  svmRfe,
  symmetricalUncertainty,
  tTest,
  varianceThreshold,
  wilcoxon,
  xgboost,
];

const byName = new Map(selectors.flatMap((selector) => [selector.id, ...selector.aliases].map((name) => [name, selector] as const)));

/** Whether this is an id or an alias. */
export function isMethod(name: string): boolean {
  return byName.has(name);
}

/**
 * The selector of an id or alias.
 * @param at  where in the request the name stands
 * @throws EngineError  method_unknown, listing the known ones
 */
export function selectorOf(name: string, at: readonly string[] = ["methods"]): AnySelector {
  const found = byName.get(name);
  if (found === undefined) {
    throw new EngineError("method_unknown", `unknown method "${name}"; known methods: ${selectors.map((s) => s.id).join(", ")}`, at);
  }
  return found;
}
