import { createHash } from "node:crypto";
import { Transform } from "node:stream";
import { Problem } from "../problems.ts";

export interface Metered {
  /** passes everything on, and fails with upload_too_large at the first byte too many */
  readonly stream: Transform;
  bytes(): number;
  /** SHA-256 of what went through, lower-case hex; once, at the end */
  sha256(): string;
}

export function metered(most: number, what: string): Metered {
  const hash = createHash("sha256");
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > most) {
        done(new Problem("upload_too_large", `${what} has more than ${most} bytes; send less, or have the limit of this server raised`));
        return;
      }
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes, sha256: () => hash.digest("hex") };
}
