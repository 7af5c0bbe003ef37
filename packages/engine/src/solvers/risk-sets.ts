import { RISK_FIELDS } from "@omicselector2/kernels";
import type { PartialLoss } from "../stats/partial-likelihood.ts";
import type { Design } from "./design.ts";
import type { Loss } from "./losses.ts";

/** Share of the free working memory for products of the Hessian with columns: those that find no place are worked out anew each time. */
const MOST_MEMORY = 0.25;
const MOST_SLOTS = 4096;

/** Keeps the kernels' record of risk sets at the state of the last evaluation. */
export function withRiskSets({ view, columns }: Design, partial: PartialLoss, evaluate: () => number): Pick<Loss, "evaluate" | "risk"> {
  const { arena, stride } = view;
  const m = partial.order.length;
  const order = arena.u32(m);
  order.set(partial.order);
  const [share, e, fade, hazard] = [arena.f64(m), arena.f64(m), arena.f64(m), arena.f64(m)];
  const all = Math.max(0, Math.min(columns, MOST_SLOTS, Math.floor((MOST_MEMORY * arena.free) / (8 * stride))));
  const record = arena.u32(RISK_FIELDS.length);
  const fields: Record<(typeof RISK_FIELDS)[number], number> = {
    order: order.byteOffset,
    share: share.byteOffset,
    e: e.byteOffset,
    fade: fade.byteOffset,
    m,
    hazard: hazard.byteOffset,
    z: arena.f64(stride).byteOffset,
    product: arena.f64(stride).byteOffset,
    slots: arena.alloc(8 * stride * all),
    all,
    used: 0,
    slot: arena.u32(columns).byteOffset,
  };
  record.set(RISK_FIELDS.map((name) => fields[name]));
  return {
    risk: record.byteOffset,
    evaluate() {
      const loss = evaluate();
      e.set(partial.e);
      fade.set(partial.fade);
      share.set(partial.share);
      return loss;
    },
  };
}
