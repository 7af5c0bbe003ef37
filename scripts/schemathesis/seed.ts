import { randomBytes } from "node:crypto";
import { type Config, createUser, openPlatform } from "@omicselector2/platform";
import { ApiClient } from "../../packages/cli/src/api-client.ts";
import { hashPassword } from "../../packages/server/src/auth/passwords.ts";

/** Somebody with a dataset, a completed job and its result. */
export interface Owner {
  readonly token: string;
  /** by the part of the path that they stand in */
  readonly ids: Readonly<Record<"data" | "jobs" | "results", string>>;
}

const password = randomBytes(12).toString("hex");
export const admins = 16;

/** Nobody becomes admin over HTTP: they are there before the server starts. */
export async function makeAdmins(config: Config): Promise<void> {
  const platform = await openPlatform(config);
  const hashedPassword = await hashPassword(password);
  for (let i = 0; i < admins; i++) {
    await createUser(platform.db, { email: `admin${i}@example.org`, username: `admin${i}`, hashedPassword, role: "admin" });
  }
  await platform.close();
}

/** Each run has its own: what one run changes or deletes is not missing in the next. */
export async function ownerOf(address: string, name: string, isAdmin: boolean): Promise<Owner> {
  const api = new ApiClient(address);
  if (!isAdmin) await api.post("/auth/register", { email: `${name}@example.org`, username: name, password });
  const token = await api.login(name, password);
  const form = new FormData();
  form.set("name", "cohort");
  form.set("data_type", "other");
  form.set("file", new Blob([table()]), "cohort.csv");
  const { dataset_id } = await api.post<{ dataset_id: string }>("/data/upload", form);
  const study = { dataset_id, methods: ["t_test"], config: { target_column: "class", cv_folds: 2 } };
  const { job_id } = await api.post<{ job_id: string }>("/jobs/feature-selection", study);
  const { status } = await api.watch(job_id, () => undefined);
  const { result_id } = await api.get<{ result_id?: string }>(`/jobs/${job_id}`);
  if (result_id === undefined) throw new Error(`the job that was to be there ended ${status}`);
  return { token, ids: { data: dataset_id, jobs: job_id, results: result_id } };
}

/** 24 samples of two classes, three features, one of which differs. */
function table(): string {
  const rows = Array.from({ length: 24 }, (_, i) => `s${i},${i % 2 === 0 ? "a" : "b"},${(i % 2) * 3 + (i % 5)},${i % 7},${(i * 5) % 11}`);
  return ["sample,class,G1,G2,G3", ...rows, ""].join("\n");
}
