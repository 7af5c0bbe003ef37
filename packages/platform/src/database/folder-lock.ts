import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export class DataFolderError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DataFolderError";
  }
}

/**
 * Makes this process the only one on a data folder. The lock is a transaction that is never ended: the system
 * frees it with the process, also on SIGKILL, so it can never be stale as a file with a process id can.
 * @returns the way to give it back
 * @throws DataFolderError  somebody else, or this very process, has it
 */
export function lockFolder(folder: string): () => void {
  const database = new DatabaseSync(join(folder, "lock.db"), { timeout: 0 });
  try {
    database.exec("begin exclusive");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    throw new DataFolderError(
      `the data folder ${folder} is in use by another omicselector2 process: stop that one, or set OMICSELECTOR_DATA_DIR to another folder`,
    );
  }
  return () => database.close();
}
