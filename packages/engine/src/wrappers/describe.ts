import { ensembleAliases, ensembleConfig, stabilityConfig } from "@omicselector2/contracts";
import { z } from "zod";
import type { MethodDescription } from "../selectors/options.ts";

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
const everyTask = ["binary", "multiclass", "regression", "survival", "unsupervised"];

/** What goes around methods: asked for in `config`, not among `methods`. */
export const wrapperDescriptions: readonly MethodDescription[] = [
  {
    id: "stability",
    kind: "wrapper",
    aliases: [],
    tasks: everyTask,
    summary: "Resamples the whole selection and keeps what is selected often enough, with a bound on false selections",
    explanation:
      "Runs every method, and with several their ensemble, on many resamples of a training part and keeps the features whose share of selections reaches the threshold. Half-samples (subsample) and complementary pairs carry a bound on the expected number of false selections, which any two of threshold, q and pfer fix; bootstrap has none. " +
      "Use it whenever a short list has to be believed. It takes as many fits as there are resamples, and a signal shared by many copies of a feature is split among them.",
    source:
      "Meinshausen & Buhlmann 2010, J R Stat Soc B 72; Shah & Samworth 2013, J R Stat Soc B 75; Nogueira, Sechidis & Brown 2018, JMLR 18",
    options: jsonSchema(stabilityConfig),
  },
  {
    id: "ensemble",
    kind: "wrapper",
    aliases: Object.keys(ensembleAliases),
    tasks: everyTask,
    summary: "One list out of several methods' lists",
    explanation:
      "Aggregates the lists of several methods, each cut at the same length. robust_rank_aggregation asks how unlikely a feature's ranks are if the lists were in random order; borda (consensus_ranking) averages ranks; majority_vote, min_votes, intersection and union count lists; soft_vote weighs by place. " +
      "Use methods that see different things: several of one kind outvote the others.",
    source: "Kolde, Laur, Adler & Vilo 2012, Bioinformatics 28",
    options: jsonSchema(ensembleConfig),
  },
];
