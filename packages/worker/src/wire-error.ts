import { EngineError, type EngineErrorCode } from "@omicselector2/engine";

/** An error as it goes from thread to thread. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly path?: readonly (string | number)[];
  readonly remedy?: string;
  readonly stack?: string | undefined;
}

export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack, code, path, remedy } = error as Error & Partial<WireError>;
  return { name, message, stack, ...(code && { code }), ...(path && { path }), ...(remedy && { remedy }) };
}

/** The error again: an EngineError with its code and path, any other with its name and what it carried. */
export function fromWire(wire: WireError): Error {
  if (wire.name === "EngineError") return new EngineError(wire.code as EngineErrorCode, wire.message, wire.path);
  return Object.assign(new Error(wire.message), wire);
}
