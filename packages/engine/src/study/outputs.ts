/** What units leave behind, as JSON bytes: the same bytes whoever computed them. */

export interface SelectOutput {
  /** null: the method did not converge on this resample */
  readonly features: number[] | null;
  readonly scores: number[];
  readonly statistics?: Record<string, (number | null)[]>;
  readonly summary?: Record<string, number | string | null>;
  readonly notes?: string[];
}

export interface ScoreOutput {
  readonly features: number;
  readonly trainSize: number;
  readonly testSize: number;
  readonly metrics: Record<string, number | null>;
  readonly notes: string[];
}

/** Reads the output of a unit by its id. */
export type Outputs = (unitId: string) => Uint8Array;

export function encodeOutput(output: SelectOutput | ScoreOutput): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(output));
}

export function decodeOutput<T extends SelectOutput | ScoreOutput>(bytes: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}
