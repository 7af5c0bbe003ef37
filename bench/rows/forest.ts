import type { ForestOptions } from "../../packages/engine/src/trees/forest.ts";
import { topOverlap } from "../agreement.ts";
import { type Cohort, makeCohort } from "../cohort.ts";
import { benchForest, type ForestTiming } from "../forest.ts";
import { threadOf } from "../lasso.ts";
import { inPairs } from "../pairs.ts";
import { type PeerProgram, withPeer } from "../peer.ts";
import type { Comparison } from "../row.ts";
import { type Setting, say } from "./setting.ts";

interface ForestAnswer {
  oob: number;
  importance: number[];
}

interface ForestWork {
  readonly cohort: Cohort;
  readonly trees: number;
  readonly pairs: number;
  /** least ratio to ranger */
  readonly target: number;
}

/** The forest at both shapes of the targets, beside ranger and scikit-learn. */
export async function forestRows(setting: Setting): Promise<Comparison[]> {
  const { quick } = setting;
  const wide: ForestWork = { cohort: makeCohort(setting.n, setting.p, 2), trees: 500, pairs: quick ? 2 : 3, target: 4 };
  const wideRows = await besideBoth(wide, setting);
  const tall: ForestWork = { cohort: makeCohort(10_000, 2000, 2), trees: quick ? 50 : 500, pairs: quick ? 2 : 1, target: 2 };
  return [...wideRows, ...(await besideBoth(tall, setting))];
}

async function besideBoth(work: ForestWork, { peers }: Setting): Promise<Comparison[]> {
  const { n, p } = work.cohort.matrix;
  const options: ForestOptions = {
    trees: work.trees,
    mtry: Math.floor(Math.sqrt(p)),
    minNodeSize: 1,
    maxDepth: undefined,
    classWeight: false,
    importance: "impurity",
  };
  grow(work.cohort, { ...options, trees: 10 });
  const sides: { name: string; program: PeerProgram | undefined; target?: { ratio: number } }[] = [
    { name: "ranger", program: peers.r, target: { ratio: work.target } },
    { name: "scikit-learn", program: peers.python },
  ];
  const rows: Comparison[] = [];
  for (const { name, program, target } of sides) {
    if (program === undefined) continue;
    say(`forest ${n} x ${p} beside ${name}`);
    rows.push({ ...(await besideOne(work, options, name, program)), ...(target ? { target } : {}) });
  }
  if (rows.length === 0) rows.push({ work: title(work, options), ours: grow(work.cohort, options).seconds });
  return rows;
}

async function besideOne(work: ForestWork, options: ForestOptions, name: string, program: PeerProgram): Promise<Comparison> {
  const { cohort, pairs } = work;
  return withPeer(program, cohort.matrix, async (peer) => {
    const question = { y: Array.from(cohort.target.y), trees: options.trees, mtry: options.mtry, node: options.minNodeSize, seed: 1 };
    const both = await inPairs(
      pairs,
      () => grow(cohort, options),
      () => peer!.ask<ForestAnswer>("forest", question),
    );
    // two of our own forests: how far importances of another seed agree at all
    const again = grow(cohort, options, 2);
    const [top, own] = [topOverlap(both.a.importance, both.b.importance, 20), topOverlap(both.a.importance, again.importance, 20)];
    const error = both.a.oob.error! - both.b.oob;
    return {
      work: title(work, options),
      ours: both.ours,
      peer: name,
      theirs: both.theirs,
      ratio: both.ratio,
      agreement: `top 20 ${top.toFixed(2)} (own seeds ${own.toFixed(2)}), OOB error ${error > 0 ? "+" : ""}${error.toFixed(3)}`,
    };
  });
}

function title({ cohort }: ForestWork, { trees, mtry }: ForestOptions): string {
  const { n, p } = cohort.matrix;
  return `forest ${n.toLocaleString("en")} x ${p.toLocaleString("en")}: ${trees} trees, mtry ${mtry}, nodes of 1, 1 thread`;
}

/** On a thread of its own, so that ranking the matrix counts. */
function grow(cohort: Cohort, options: ForestOptions, seed = 1): ForestTiming {
  return benchForest(threadOf(cohort.matrix, cohort.target), options, seed);
}
