/** Names of columns that mean something, and how doubled names are told apart. */

/** Names that a target has by custom, most telling first. */
export const targetNames = ["target", "label", "class", "outcome", "group", "condition", "diagnosis", "phenotype", "status", "y"] as const;

/** Place among `targetNames`, -1 when it is none of them; any case. */
export function targetRank(name: string): number {
  return (targetNames as readonly string[]).indexOf(name.trim().toLowerCase());
}

const idWords = "sample|patient|subject|participant|case|individual|specimen|donor|cell|run";
const idName = new RegExp(`^(?:id|name|barcode|accession|(?:${idWords})s?(?:[ _.-]?(?:id|name|no|nr|number|code|barcode))?)$`, "i");
const counterName = /^(?:|#|idx|index|no|nr|row|row[ _.-]?(?:id|name|number)s?|unnamed(?:: ?0)?|x)$/i;
const featureName =
  /^#?(?:gene|probe|feature|fname|protein|metabolite|peptide|transcript|mirna|otu|asv|taxon|taxa|symbol|cpg|locus|site|compound|ensembl|entrez|id_ref|hugo)/i;

/** Is this the heading of a column of sample names? */
export function isIdName(name: string): boolean {
  return idName.test(name.trim());
}

/** Is this the heading of a column that counts rows, or none at all? */
export function isCounterName(name: string): boolean {
  return counterName.test(name.trim());
}

/** Is this the heading of a column of feature names? */
export function isFeatureHeading(name: string): boolean {
  return featureName.test(name.trim());
}

export interface Renamed {
  from: string;
  to: string;
}

/**
 * Names made unique: the second `TP53` becomes `TP53.1`, the third `TP53.2`, passing over names that the file has already;
 * an empty name becomes `unnamed`.
 */
export function uniqueNames(names: readonly string[], emptyName = "unnamed"): { names: string[]; renamed: Renamed[] } {
  const given = new Set(names);
  const taken = new Set<string>();
  const nextSuffix = new Map<string, number>();
  const renamed: Renamed[] = [];
  const out = names.map((name) => {
    const base = name === "" ? emptyName : name;
    let unique = base;
    if (taken.has(base) || (name === "" && given.has(base))) {
      let suffix = nextSuffix.get(base) ?? 1;
      while (taken.has(`${base}.${suffix}`) || given.has(`${base}.${suffix}`)) suffix++;
      nextSuffix.set(base, suffix + 1);
      unique = `${base}.${suffix}`;
    }
    taken.add(unique);
    if (unique !== name) renamed.push({ from: name, to: unique });
    return unique;
  });
  return { names: out, renamed };
}
