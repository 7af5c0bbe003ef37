import { totalmem } from "node:os";

/** Of the machine's memory what is not for studies: a tenth, and half a GiB, for the system, the program and what it reads. */
const MARGIN = 512 * 2 ** 20;

/** Bytes that the studies of this process may take together; a container's limit counts. */
export function memoryForStudies(total = machineMemory()): number {
  return Math.max(MARGIN, Math.floor(0.9 * total) - MARGIN);
}

/** Bytes of the machine, or of the container that this runs in. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
