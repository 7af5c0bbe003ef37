import type { rest } from "@omicselector2/contracts";
import { PrincipalComponents } from "@omicselector2/engine";
import { type DataFile, readColumnsInto, readInfo } from "@omicselector2/formats";

/** Bytes of columns in memory at a time. */
const BATCH_BYTES = 32 * 2 ** 20;
/** Multiplications that principal components may take, and samples whose eigenvectors are found: seconds each. */
const MOST_WORK = 4e9;
const MOST_SAMPLES = 600;
const COMPONENTS = 5;
const MOST_LISTED = 100;

/**
 * What is missing where, and where the samples lie on the first principal components.
 * One pass over the matrix, 32 MiB of it in memory at a time.
 */
export async function summarise(data: DataFile): Promise<rest.SummaryBody> {
  const { n, p, sampleIds, featureNames } = await readInfo(data);
  const why = whyNoComponents(n, p);
  const components = why === null ? new PrincipalComponents(n) : null;
  const bySample = new Uint32Array(n);
  const byFeature = new Uint32Array(p);
  const width = Math.max(1, Math.floor(BATCH_BYTES / 4 / Math.max(1, n)));
  const buffers = Array.from({ length: Math.min(width, p) }, () => new Float32Array(n));
  for (let first = 0; first < p; first += width) {
    const features = Uint32Array.from({ length: Math.min(width, p - first) }, (_, k) => first + k);
    await readColumnsInto(data, "X", undefined, features, (k) => buffers[k]!);
    for (let k = 0; k < features.length; k++) {
      byFeature[first + k] = countMissing(buffers[k]!, bySample);
      components?.add(buffers[k]!);
    }
  }
  const cells = byFeature.reduce((sum, count) => sum + count, 0);
  return {
    n_samples: n,
    n_features: p,
    missing: {
      cells,
      share: n * p === 0 ? 0 : cells / (n * p),
      complete_samples: bySample.filter((count) => count === 0).length,
      complete_features: byFeature.filter((count) => count === 0).length,
      samples: most(bySample, sampleIds, p),
      features: most(byFeature, featureNames, n),
    },
    pca: components === null ? null : pcaOf(components, sampleIds),
    pca_note: why,
  };
}

function whyNoComponents(n: number, p: number): string | null {
  if (n < 2 || p === 0) return "principal components need two samples and a feature";
  if (n > MOST_SAMPLES || (n * n * p) / 2 > MOST_WORK)
    return `principal components are not computed of ${n} samples x ${p} features: it would take too long`;
  return null;
}

function countMissing(column: Float32Array, bySample: Uint32Array): number {
  let missing = 0;
  for (let i = 0; i < column.length; i++) {
    if (!Number.isNaN(column[i]!)) continue;
    missing += 1;
    bySample[i]! += 1;
  }
  return missing;
}

/** Those with most missing, at most a hundred; in their own order where they are equal. */
function most(counts: Uint32Array, names: readonly string[], of: number): { name: string; missing: number; share: number }[] {
  return Array.from(counts.keys())
    .filter((i) => counts[i]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
    .slice(0, MOST_LISTED)
    .map((i) => ({ name: names[i]!, missing: counts[i]!, share: counts[i]! / of }));
}

function pcaOf(components: PrincipalComponents, sampleIds: readonly string[]): rest.SummaryBody["pca"] {
  const { coordinates, explained } = components.coordinates(COMPONENTS);
  return { explained, samples: sampleIds.map((id, i) => ({ id, coordinates: coordinates.map((each) => each[i]!) })) };
}
