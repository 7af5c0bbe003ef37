import type { Readable } from "node:stream";
import type { ResolvedSelectionConfig, rest, SelectionConfig } from "@omicselector2/contracts";
import type { DataFile, Dataset, Metrics, PlannedUnit, Platform, QueueName } from "@omicselector2/platform";
import type { FastifyServerOptions } from "fastify";

/** All that the server is given; what it does not get it cannot reach. */
export interface ServerDeps {
  readonly platform: Omit<Platform, "close">;
  /** Reads an upload into the canonical data.h5ad. @throws IngestError */
  ingest(request: IngestRequest): Promise<IngestReport>;
  /** First rows and columns of a dataset. @param data  its data.h5ad */
  preview(data: DataFile, window: { rows: number; columns: number }): Promise<rest.Preview>;
  /** What is missing where, and principal components. @param data  its data.h5ad */
  summary(data: DataFile): Promise<rest.SummaryBody>;
  /** Writes a dataset as CSV to a file that is not there yet. @param data  its data.h5ad */
  exportCsv(data: DataFile, output: string): Promise<void>;
  /** Checks a study against its dataset and plans it. @throws EngineError */
  validateSelection(request: SelectionCheck): Promise<CheckedSelection>;
  methods(): readonly rest.MethodBody[];
  /** aborted when the process is about to end: requests are still answered, `/ready` sends balancers away */
  readonly drain?: AbortSignal;
  /** one of its own when left out */
  readonly metrics?: Metrics;
  /** `logger` of Fastify; silent when left out */
  readonly log?: FastifyServerOptions["logger"];
}

export interface IngestRequest {
  /** the upload as it arrives; ends with an error when the client goes away or sends too much */
  readonly file: Readable;
  readonly fileName: string;
  /**
   * What else the form holds: parts come in any order, so this is known when the form has ended, which is not before
   * `file` was read to its end. Rejects when the form is refused.
   */
  readonly form: Promise<IngestForm>;
  /** an empty folder to work in; removed afterwards */
  readonly folder: string;
  /** aborted when the client goes away or the form is refused */
  readonly signal: AbortSignal;
}

export interface IngestForm {
  readonly sampleSheet: { readonly path: string; readonly fileName: string } | undefined;
  readonly orientation: rest.Orientation | undefined;
}

export interface IngestReport {
  /** the canonical file, somewhere on the local disk, most likely in `folder` */
  readonly path: string;
  readonly nSamples: number;
  readonly nFeatures: number;
  /** SHA-256 over shape, ids, X and obs, lower-case hex */
  readonly contentHash: string;
  readonly doctor: readonly rest.DoctorFinding[];
  /** class sizes of the column that looks most like a target; null without one */
  readonly classes: Readonly<Record<string, number>> | null;
  /** columns that could be predicted, likeliest first */
  readonly targetCandidates: readonly string[];
  /** columns that are known about samples */
  readonly sampleColumns: readonly string[];
}

export interface SelectionCheck {
  readonly dataset: Dataset;
  readonly methods: readonly string[];
  readonly config: SelectionConfig;
}

export interface CheckedSelection {
  /** as planned */
  readonly units: readonly PlannedUnit[];
  readonly estimateSeconds: number;
  /** beside the program itself */
  readonly estimateBytes: number;
  readonly queue: QueueName;
  readonly canonicalMethods: readonly string[];
  readonly config: ResolvedSelectionConfig;
}
