/** Something the user can mend: one line, exit code 1, no stack trace. */
export class Fault extends Error {}

/** What the user reads of any error. */
export function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const remedy = "remedy" in error && typeof error.remedy === "string" ? error.remedy : "";
  return oneLine(remedy === "" ? error.message : `${error.message}. ${remedy}`);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}
