import { z } from "zod";
import { cutFeatures, cutOptions, uncutNotes } from "../stats/cut-features.ts";
import { levelBitsOf } from "../stats/level-bits.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

const options = z.strictObject({
  delta: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("least symmetrical uncertainty with the classes of a feature that counts as relevant; 0: every feature that has a cut"),
  ...cutOptions,
});

/** Uncertainties that differ by less are equal: rounding must not decide which of two copies stays. */
const ALIKE = 1e-12;

export const fcbf = defineSelector({
  id: "fcbf",
  aliases: [],
  tasks: ["binary", "multiclass"],
  summary: "Fast correlation-based filter: relevant features that no better one makes redundant",
  explanation:
    "Cuts features into levels by description length, orders them by symmetrical uncertainty with the classes, and walks down the list: each feature that stays removes all after it that share at least as much with it as with the classes. " +
    "Use it for a short panel without copies out of many thousands of features, in seconds; how many come back is for the data to say, often fewer than asked for. " +
    "It compares pairs only: a feature that is redundant to one that stays is gone, even if it would add to it, and what tells the classes only together with another is missed. " +
    "Missing values are imputed; a sample that a bootstrap drew twice counts twice.",
  source: "Yu & Liu 2003, ICML",
  options,
  cost: ({ n, p, classes }, _options, shared) => p * n * (1e-7 + 4e-8 * classes) + 1e-10 * n * p * shared.nFeatures,
  memory: ({ n, p }) => p * (400 + n / 4),
  select(train, { delta, mdl_cost }, shared) {
    const cut = cutFeatures(train, mdl_cost, "fcbf");
    const { uncertainty } = cut;
    const names = train.featureNames;
    const list = rankBy(
      names,
      train.p,
      uncertainty.map((value) => (value >= delta ? value : Number.NaN)),
    );
    const bits = levelBitsOf(train, cut, list);
    const gone = new Uint8Array(list.length);
    const stayed: number[] = [];
    const removed: number[] = [];
    let redundant = 0;
    for (let a = 0; a < list.length && stayed.length < shared.nFeatures; a++) {
      if (gone[a] === 1) continue;
      const before = redundant;
      for (let b = a + 1; b < list.length; b++) {
        if (gone[b] === 1 || bits.uncertainty(a, b) < uncertainty[list[b]!]! - ALIKE) continue;
        gone[b] = 1;
        redundant++;
      }
      stayed.push(list[a]!);
      removed.push(redundant - before);
    }
    return {
      features: stayed,
      scores: stayed.map((j) => uncertainty[j]!),
      statistics: {
        information_gain: stayed.map((j) => cut.cuts[j]!.gain),
        levels: stayed.map((j) => cut.cuts[j]!.at.length + 1),
        made_redundant: removed,
      },
      summary: { tested: train.p, cut: cut.cut, relevant: list.length, redundant, delta, mdl_cost },
      notes: notesOf(),
    };

    function notesOf(): string[] {
      if (stayed.length >= Math.min(shared.nFeatures, train.p)) return [];
      const notes: string[] = [];
      if (redundant > 0) {
        notes.push(
          `${stayed.length} of ${list.length} relevant features stay; each of the other ${redundant} shares at least as much with one of these as with the classes.`,
        );
      }
      const below = rankBy(
        names,
        1,
        uncertainty.map((value) => (value < delta ? value : Number.NaN)),
      )[0];
      if (below !== undefined) {
        notes.push(
          `${cut.cut - list.length} features have a cut but lie below delta = ${delta}; the nearest delta that lets one more in is ${uncertainty[below]!.toPrecision(4)} (${names[below]}).`,
        );
      }
      return [...notes, ...uncutNotes(names, cut, shared.nFeatures)];
    }
  },
});
