import { appendAudit, type Db, isUnavailable, type User } from "@omicselector2/platform";
import type { FastifyRequest } from "fastify";

export interface Audit {
  /** In the transaction of the write that it tells of, as its last step. */
  write(tx: Db, request: FastifyRequest, action: string, resource: string | null, actor?: Pick<User, "pseudonym"> | null): Promise<void>;
  /** Reading is noted in batches of a second; it holds nobody up. */
  read(request: FastifyRequest, action: string, resource: string): void;
  /** Writes what is still to be noted. */
  close(): Promise<void>;
}

/** Reads that wait to be noted; while the database is away there are none, for nobody is let in. */
const mostKept = 10_000;

export function createAudit(db: Db, onError: (error: unknown) => void): Audit {
  let pending: Parameters<typeof appendAudit>[1] & unknown[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = async () => {
    timer = undefined;
    const batch = pending;
    pending = [];
    if (batch.length === 0) return;
    try {
      await appendAudit(db, batch);
    } catch (error) {
      onError(error);
      // The database comes back; what was read while it went is noted then.
      if (isUnavailable(error) && batch.length < mostKept) {
        pending = [...batch, ...pending] as typeof pending;
        timer ??= setTimeout(flush, 5000);
      }
    }
  };

  return {
    async write(tx, request, action, resource, actor = request.user) {
      await appendAudit(tx, { actor: actor?.pseudonym ?? null, action, resource, address: request.ip });
    },
    read(request, action, resource) {
      pending.push({ actor: request.user?.pseudonym ?? null, action, resource, address: request.ip });
      timer ??= setTimeout(flush, 1000);
    },
    async close() {
      clearTimeout(timer);
      await flush();
      clearTimeout(timer);
    },
  };
}
