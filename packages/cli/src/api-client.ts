import { type JobMessage, jobState } from "@omicselector2/contracts";
import { Fault } from "./fault.ts";

export type JobState = ReturnType<typeof jobState.parse>;

/** As much of the REST API as the demo uses, as any client would. */
export class ApiClient {
  readonly #base: string;
  #token: string | undefined;

  constructor(address: string) {
    this.#base = `${address}/api/v1`;
  }

  /** @returns the access token */
  async login(username: string, password: string): Promise<string> {
    const { access_token } = await this.post<{ access_token: string }>("/auth/login", { username, password });
    this.#token = access_token;
    return access_token;
  }

  get<T>(path: string): Promise<T> {
    return this.#call<T>("GET", path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    if (body instanceof FormData) return this.#call<T>("POST", path, body);
    return this.#call<T>("POST", path, JSON.stringify(body), { "content-type": "application/json" });
  }

  /** Watches a job over its WebSocket until it has ended. */
  watch(jobId: string, onState: (state: JobState) => void): Promise<JobState> {
    const url = `${this.#base.replace(/^http/, "ws")}/jobs/${jobId}/ws`;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, ["bearer", this.#token ?? ""]);
      let last: JobState | undefined;
      socket.addEventListener("message", ({ data }) => {
        const message = JSON.parse(String(data)) as JobMessage;
        const state = jobState.safeParse(message);
        if (!state.success) return;
        last = state.data;
        onState(last);
      });
      socket.addEventListener("close", ({ code }) => {
        if (last !== undefined && code === 1000) resolve(last);
        else reject(new Fault(`the server closed the WebSocket with code ${code}`));
      });
    });
  }

  async #call<T>(method: string, path: string, body?: string | FormData, headers: Record<string, string> = {}): Promise<T> {
    const authorization: Record<string, string> = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await fetch(this.#base + path, { method, body: body ?? null, headers: { ...headers, ...authorization } });
    const answer = (await response.json()) as T & { detail?: string };
    if (!response.ok) throw new Fault(`${method} ${path} answered ${response.status}: ${answer.detail ?? "no detail"}`);
    return answer;
  }
}
