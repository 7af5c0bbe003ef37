import type { rest } from "@omicselector2/contracts";
import { countLiveWorkers, type Platform, probeAll } from "@omicselector2/platform";

export type Stood = Pick<Platform, "config" | "db" | "probes">;

/**
 * What a process stands on, each by itself; answers within two seconds whatever is away, and names no address.
 * @param draining  the process ends: balancers are to send requests elsewhere
 */
export async function readinessOf({ config, db, probes }: Stood, draining: boolean): Promise<rest.Readiness> {
  let workers = 0;
  const looks = {
    ...probes,
    ...(config.cluster !== null && {
      workers: async () => {
        workers = await countLiveWorkers(db);
      },
    }),
  };
  const checks: rest.Readiness["checks"] = await probeAll(looks);
  if (checks.workers?.state === "ok") checks.workers = { ...checks.workers, state: workers > 0 ? "ok" : "none", count: workers };
  return { status: draining ? "draining" : statusOf(checks), checks };
}

function statusOf({ workers: _, ...checks }: rest.Readiness["checks"]): rest.Readiness["status"] {
  if (checks.database?.state !== "ok") return "unavailable";
  return Object.values(checks).every(({ state }) => state === "ok") ? "ready" : "degraded";
}

export const takesRequests = ({ status }: rest.Readiness): boolean => status === "ready" || status === "degraded";
