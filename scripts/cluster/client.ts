import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

export interface JobState {
  readonly status: string;
  readonly result_id?: string;
  readonly error_message?: string;
  readonly progress: number;
}

const ended = ["completed", "failed", "cancelled"];

/**
 * A user of the API who does not give up: what fails by no fault of the request is asked again, POST with the key of the first
 * time, so that it is done once.
 */
export class PatientClient {
  readonly #base: string;
  readonly name: string;
  #token = "";
  /** answers that were asked for again */
  retries = 0;

  constructor(address: string, name: string) {
    this.#base = `${address}/api/v1`;
    this.name = name;
  }

  async signUp(): Promise<void> {
    const password = "securepassword";
    // Asked again after an answer that got lost, the name is taken: by this very user.
    await this.call("POST", "/auth/register", { email: `${this.name}@example.org`, username: this.name, password }, [201, 409]);
    this.#token = (await this.call<{ access_token: string }>("POST", "/auth/login", { username: this.name, password })).access_token;
  }

  async upload(csv: string): Promise<string> {
    const form = () => {
      const parts = new FormData();
      parts.append("name", "cohort");
      parts.append("data_type", "bulk_rna_seq");
      parts.append("file", new Blob([csv]), "cohort.csv");
      return parts;
    };
    return (await this.call<{ dataset_id: string }>("POST", "/data/upload", form)).dataset_id;
  }

  async submit(datasetId: string, study: Record<string, unknown>): Promise<string> {
    return (await this.call<{ job_id: string }>("POST", "/jobs/feature-selection", { dataset_id: datasetId, ...study })).job_id;
  }

  async untilEnded(jobId: string, timeoutMs: number): Promise<JobState> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const job = await this.call<JobState>("GET", `/jobs/${jobId}`);
      if (ended.includes(job.status)) return job;
      if (Date.now() > end) throw new Error(`job ${jobId} did not end within ${timeoutMs / 1000} s: ${JSON.stringify(job)}`);
      await sleep(500);
    }
  }

  async resultBytes(resultId: string): Promise<Uint8Array> {
    const response = await this.#again("GET", `/results/${resultId}/artifacts/result.json`, undefined, [200]);
    return new Uint8Array(await response.arrayBuffer());
  }

  async call<T>(method: string, path: string, body?: unknown, good: readonly number[] = [200, 201]): Promise<T> {
    return (await (await this.#again(method, path, body, good)).json()) as T;
  }

  async #again(method: string, path: string, body: unknown, good: readonly number[]): Promise<Response> {
    const key = randomUUID();
    for (let attempt = 1; ; attempt++) {
      const response = await this.#once(method, path, body, key).catch(() => undefined);
      if (response !== undefined && good.includes(response.status)) return response;
      const text = (await response?.text().catch(() => "")) ?? "no answer";
      const passing = response === undefined || response.status >= 500 || response.status === 409 || response.status === 429;
      if (!passing || attempt === 600) throw new Error(`${this.name}: ${method} ${path} answered ${response?.status}: ${text}`);
      this.retries++;
      await sleep(500);
    }
  }

  async #once(method: string, path: string, body: unknown, key: string): Promise<Response> {
    const headers: Record<string, string> = { ...(this.#token !== "" && { authorization: `Bearer ${this.#token}` }) };
    if (method === "POST" && this.#token !== "") headers["idempotency-key"] = key;
    const payload = typeof body === "function" ? (body as () => FormData)() : body === undefined ? null : JSON.stringify(body);
    if (typeof payload === "string") headers["content-type"] = "application/json";
    return await fetch(this.#base + path, { method, headers, body: payload, signal: AbortSignal.timeout(30_000) });
  }
}
