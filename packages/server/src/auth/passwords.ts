import { hash, verify } from "@node-rs/bcrypt";

const cost = 12;
/** Of a password that nobody knows: a login for a name that does not exist takes as long as any. */
const nobody = "$2b$12$t5V/t9UogE6LmyHT8rV9vOCxQLBtFh2dUKiMgt2.UBJkX.ClJxxT2";

/**
 * bcrypt runs on the pool of threads that also reads and writes files: two at a time leave room for those.
 */
const most = 2;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    // The place goes to the next in line without becoming free in between.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, { cost }));
}

/** @param encoded  undefined: there is no such user */
export async function checkPassword(password: string, encoded: string | undefined): Promise<boolean> {
  const fits = await inTurn(() => verify(password, encoded ?? nobody));
  // What bcrypt would not look at must not count as right.
  return fits && encoded !== undefined && Buffer.byteLength(password) <= 72;
}
