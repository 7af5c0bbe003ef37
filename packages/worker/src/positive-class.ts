import { EngineError } from "@omicselector2/engine";

/** Names of the class that others are compared with. */
const references = new Set(["0", "no", "n", "none", "false", "f", "absent", "neg", "ctrl", "ctl", "ctr", "hc", "wt", "ref"]);
const referenceWords =
  /(^|[^a-z])(controls?|normals?|health(y|ier)|wild[-_ ]?type|wt|benign|negative|reference|untreated|vehicle|placebo|mock|baseline|unaffected|non|not|without)([^a-z]|$)/;

export function isReference(name: string): boolean {
  const plain = name.trim().toLowerCase();
  return references.has(plain) || referenceWords.test(plain);
}

/**
 * Classes in the order that the engine wants: by name; of two, the positive one last.
 * @param classes  by name
 * @param wanted  the positive class as asked for
 * @returns positive: null unless there are two
 * @throws EngineError  option_invalid, listing the classes
 */
export function orderClasses(classes: readonly string[], wanted: string | undefined): { classes: string[]; positive: string | null } {
  if (wanted !== undefined && !classes.includes(wanted)) {
    throw new EngineError("option_invalid", `positive_class is "${wanted}", but the classes are ${classes.join(", ")}`, [
      "config",
      "positive_class",
    ]);
  }
  if (classes.length !== 2) {
    if (wanted === undefined) return { classes: [...classes], positive: null };
    throw new EngineError("option_invalid", `positive_class is for two classes; the target has ${classes.length}: ${classes.join(", ")}`, [
      "config",
      "positive_class",
    ]);
  }
  const [first, second] = classes as [string, string];
  const positive = wanted ?? (isReference(second) && !isReference(first) ? first : second);
  return { classes: [positive === first ? second : first, positive], positive };
}
