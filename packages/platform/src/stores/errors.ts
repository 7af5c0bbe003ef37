/** Name of the unique constraint that a write ran into (Drizzle wraps the driver's error), else undefined. */
export function violatedConstraint(error: unknown): string | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ("code" in e && e.code === "23505" && "constraint" in e && typeof e.constraint === "string") return e.constraint;
  }
  return undefined;
}
