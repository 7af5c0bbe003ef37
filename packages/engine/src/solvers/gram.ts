import type { Design } from "./design.ts";

/** Columns that pass by while a tile of products stays in registers. */
const PANEL = 64;
/** Bytes of products that are worked on at a time. */
const STRIP = 2 ** 25;

/**
 * Z Z' over all samples of a part, those of weight 0 too: m x m, row-major, both triangles.
 *
 * @param features  those that count; all when left out. Constant ones add 0
 * Cost O(m² p / 2) products, of which a core does some billions a second.
 */
export function gramOf(design: Design, features: ArrayLike<number> = everyFeature(design)): Float64Array {
  const gram = new Float64Array(design.view.rows.length ** 2);
  addGram(gram, design, features, 1);
  return gram;
}

/** gram += sign Z_F Z_F' over some features. @param gram  m x m, as `gramOf` gives it */
export function addGram(gram: Float64Array, design: Design, features: ArrayLike<number>, sign: 1 | -1): void {
  const { view, centre, inverse } = design;
  const { arena, kernels } = view;
  const m = view.rows.length;
  const tiles = Math.ceil(m / 4);
  const width = 4 * tiles;
  const height = Math.max(1, Math.min(tiles, Math.floor(STRIP / (32 * width))));
  for (let first = 0; first < tiles; first += height) {
    const last = Math.min(tiles, first + height);
    const used = Math.min(m, 4 * last);
    arena.scope(() => {
      const rows = arena.u32(m);
      rows.set(view.rows);
      const list = arena.u32(features.length);
      list.set(features);
      const panel = arena.f64(4 * last * PANEL).byteOffset;
      const out = arena.f64(4 * (last - first) * width);
      for (let from = 0; from < features.length; from += PANEL) {
        const count = Math.min(PANEL, features.length - from);
        const some = list.byteOffset + 4 * from;
        kernels.gramPack(view.columns, some, count, rows.byteOffset, used, centre.byteOffset, inverse.byteOffset, panel);
        kernels.gramAdd(panel, count, first, last, width, sign, out.byteOffset);
      }
      for (let a = 4 * first; a < used; a++) {
        for (let b = 0; b <= a; b++) {
          const value = gram[a * m + b]! + out[(a - 4 * first) * width + b]!;
          gram[a * m + b] = value;
          gram[b * m + a] = value;
        }
      }
    });
  }
}

/** Standardised values of some features in the m samples of a part: m x features, row-major. */
export function standardRows(design: Design, features: ArrayLike<number> = everyFeature(design)): Float64Array {
  const { view, centre, inverse } = design;
  const count = features.length;
  const addresses = new Uint32Array(view.kernelsMemory, view.columns, view.p);
  const out = new Float64Array(view.rows.length * count);
  for (let k = 0; k < count; k++) {
    const j = features[k]!;
    const x = new Float32Array(view.kernelsMemory, addresses[j]!, view.n);
    for (let i = 0; i < view.rows.length; i++) out[i * count + k] = (x[view.rows[i]!]! - centre[j]!) * inverse[j]!;
  }
  return out;
}

function everyFeature({ view }: Design): Uint32Array {
  return Uint32Array.from({ length: view.p }, (_, j) => j);
}
