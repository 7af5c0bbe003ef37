import {
  auditOfPerson,
  blobKeys,
  type Db,
  findJob,
  listDatasets,
  listJobs,
  listResults,
  loginsOfUser,
  type Page,
  type PageRequest,
  sharesGivenBy,
  sharesReceivedBy,
  type User,
} from "@omicselector2/platform";
import { prefix, type Services } from "./http.ts";
import { artifactsOf } from "./routes/artifacts.ts";
import { meBody } from "./routes/auth.ts";
import { auditBody, datasetBody, jobBody, resultBody } from "./routes/bodies.ts";

/** The document of `rest.meExport`, piece by piece: never more than a page of a list is in memory. */
export async function* exportOf(user: User, services: Services): AsyncGenerator<string> {
  const { db } = services.platform;
  yield `{"schema":"omicselector2/export/1","exported_at":${JSON.stringify(new Date().toISOString())},"profile":${JSON.stringify(meBody(user))}`;
  yield* list("logins", logins(db, user));
  yield* list("datasets", datasets(user, services));
  yield* list("jobs", jobs(db, user));
  yield* list("results", results(user, services));
  yield* list("shares_given", sharesGiven(db, user));
  yield* list("shares_received", sharesReceived(db, user));
  yield* list("audit", audit(db, user));
  yield "}\n";
}

async function* list(name: string, items: AsyncIterable<unknown>): AsyncGenerator<string> {
  yield `,${JSON.stringify(name)}:[`;
  let first = true;
  for await (const item of items) {
    yield `${first ? "" : ","}${JSON.stringify(item)}`;
    first = false;
  }
  yield "]";
}

async function* logins(db: Db, { id }: User) {
  for (const { since, until, open } of await loginsOfUser(db, id)) {
    yield { since: since.toISOString(), until: until.toISOString(), open };
  }
}

async function* datasets({ id }: User, { platform: { db } }: Services) {
  for await (const row of every((page) => listDatasets(db, id, { ...page, filters: { shared: false } }))) {
    yield { ...datasetBody(row), download: row.status === "ready" ? `${prefix}/data/${row.id}/download` : null };
  }
}

async function* jobs(db: Db, { id }: User) {
  for await (const { id: jobId } of every((page) => listJobs(db, id, page))) {
    const job = await findJob(db, jobId);
    if (job !== undefined) yield jobBody(job);
  }
}

async function* results({ id }: User, { platform: { db, blobs } }: Services) {
  for await (const row of every((page) => listResults(db, id, page))) {
    yield { ...resultBody(row), artifacts: artifactsOf(row.id, await blobs.list(blobKeys.resultPrefix(row.id))) };
  }
}

async function* sharesGiven(db: Db, { id }: User) {
  for (const { datasetId, username, createdAt } of await sharesGivenBy(db, id)) {
    yield { dataset_id: datasetId, username, shared_at: createdAt.toISOString() };
  }
}

async function* sharesReceived(db: Db, { id }: User) {
  for (const { datasetId, name, owner, createdAt } of await sharesReceivedBy(db, id)) {
    yield { dataset_id: datasetId, name, owner, shared_at: createdAt.toISOString() };
  }
}

const size = 100;

/** Only the person's own name is told, not whose pseudonyms the others are. */
async function* audit(db: Db, { pseudonym, username }: User) {
  const names = new Map([[pseudonym, username]]);
  for (let after = 0; ; ) {
    const entries = await auditOfPerson(db, pseudonym, after, size);
    for (const entry of entries) yield auditBody(entry, names);
    if (entries.length < size) return;
    after = entries.at(-1)!.seq;
  }
}

/** All rows of a list, page after page. */
async function* every<T>(read: (page: PageRequest) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let cursor: string | undefined; ; ) {
    const page = await read({ page: 1, size, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.items;
    if (page.cursor === null) return;
    cursor = page.cursor;
  }
}
