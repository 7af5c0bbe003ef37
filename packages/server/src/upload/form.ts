import { basename } from "node:path";
import { rest } from "@omicselector2/contracts";
import type { z } from "zod";
import { fieldErrors, refuseDepth, unstorable } from "../plugins/validation.ts";
import { invalid } from "../problems.ts";

/** The fields of an upload's form as they come, in any order. */
export class UploadForm {
  readonly #fields: Record<string, unknown> = {};
  readonly #names = new Set<string>();

  /** @throws Problem  422: unknown, given twice, too long */
  field(name: string, value: unknown, truncated: boolean): void {
    this.#once(name);
    if (!(name in rest.uploadFields.shape)) throw invalid([{ path: name, message: "is not a known field of this form" }]);
    if (truncated) throw invalid([{ path: name, message: "is too long" }]);
    this.#fields[name] = name === "metadata" ? json(value) : value;
  }

  /** @throws Problem  422: unknown, given twice */
  file(name: string): "file" | "sample_sheet" {
    this.#once(name);
    if (name !== "file" && name !== "sample_sheet") {
      throw invalid([{ path: name, message: "is not a known file of this form; there are file and sample_sheet" }]);
    }
    return name;
  }

  /** What came so far: a fault is told before the file is read. @throws Problem  422 */
  checkSoFar(): void {
    this.#check(rest.uploadFields.partial());
  }

  /** @throws Problem  422 */
  complete(): rest.UploadFields {
    if (!this.#names.has("file")) throw invalid([{ path: "file", message: "is missing: send the data as the form's file" }]);
    return this.#check(rest.uploadFields);
  }

  #check<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
    refuseDepth(this.#fields);
    const unfit = unstorable(this.#fields);
    if (unfit.length > 0) throw invalid(unfit, "invalid_text");
    const parsed = schema.safeParse(this.#fields, { reportInput: true });
    if (parsed.success) return parsed.data;
    throw invalid(fieldErrors(parsed.error));
  }

  #once(name: string): void {
    if (this.#names.has(name)) throw invalid([{ path: name, message: "is given twice" }]);
    this.#names.add(name);
  }
}

function json(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    throw invalid([{ path: "metadata", message: "is not JSON" }]);
  }
}

/** For showing only; nothing is ever stored or looked up under a name that a client sent. */
export function shownFileName(name: string | undefined): string {
  const shown = basename((name ?? "").replaceAll("\\", "/"))
    .toWellFormed()
    .replace(/\p{Cc}/gu, "")
    .slice(0, 255);
  return shown === "" ? "upload" : shown;
}
