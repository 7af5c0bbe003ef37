import { datasets, jobs } from "@omicselector2/platform";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Client, type Harness, openHarness } from "./harness.ts";

let harness: Harness;
let client: Client;
const total = 57;
const statuses = ["pending", "cancelled", "failed"] as const;

beforeAll(async () => {
  harness = await openHarness();
  client = await harness.user("anna");
  const { id: userId } = (await client.get("/api/v1/auth/me")).json();
  // Many rows of one moment: the time alone does not order them.
  const at = (i: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, Math.floor(i / 9)));
  const rows = Array.from({ length: total }, (_, i) => i);
  await harness.platform.db.insert(jobs).values(
    rows.map((i) => ({
      jobType: "feature_selection" as const,
      status: statuses[i % 3]!,
      config: { methods: ["t_test"] },
      userId,
      createdAt: at(i),
    })),
  );
  await harness.platform.db.insert(datasets).values(
    rows.map((i) => ({
      name: `cohort ${i % 10}`,
      dataType: i % 2 === 0 ? ("mirna" as const) : ("other" as const),
      ownerId: userId,
      nSamples: i % 4,
      nFeatures: 5,
      createdAt: at(i),
    })),
  );
});
afterAll(() => harness.close());

const lists = [
  { path: "/api/v1/jobs", id: "job_id", sorts: ["-created_at", "created_at", "completed_at", "-completed_at", "status", "-status"] },
  { path: "/api/v1/data", id: "id", sorts: ["-created_at", "created_at", "name", "-name", "n_samples", "-n_samples", "-n_features"] },
];

for (const { path, id, sorts } of lists) {
  test(`pages of ${path} neither skip nor repeat a row, whatever their size and order`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 5, max: 100 }), fc.constantFrom(...sorts), async (size, sort) => {
        const seen: string[] = [];
        for (let page = 1; ; page++) {
          const answer = (await client.get(`${path}?size=${size}&page=${page}&sort=${sort}`)).json();
          expect(answer).toMatchObject({ total, page, size });
          seen.push(...answer.items.map((item: Record<string, string>) => item[id]!));
          if (answer.items.length < size) break;
        }
        expect(seen.length).toBe(total);
        expect(new Set(seen).size).toBe(total);
      }),
      { numRuns: 15 },
    );
  });

  test(`cursors of ${path} walk the same rows as pages do`, async () => {
    const whole = (await client.get(`${path}?size=100`)).json().items.map((item: Record<string, string>) => item[id]);
    for (const size of [1, 7, 57]) {
      const seen: string[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const answer: { items: Record<string, string>[]; cursor: string | null } = (
          await client.get(`${path}?size=${size}${cursor === "" ? "" : `&cursor=${cursor}`}`)
        ).json();
        seen.push(...answer.items.map((item) => item[id]!));
        cursor = answer.cursor;
      }
      expect(seen).toEqual(whole);
    }
  });
}

test("newest first, size 50 unless asked otherwise", async () => {
  const answer = (await client.get("/api/v1/jobs")).json();
  const times = answer.items.map((item: { created_at: string }) => item.created_at);
  expect(times).toEqual([...times].sort().reverse());
  expect([answer.items.length, answer.size, answer.page]).toEqual([50, 50, 1]);
});

test("filters count what they let through", async () => {
  const get = async (query: string) => (await client.get(query)).json();
  expect((await get("/api/v1/jobs?status=failed")).total).toBe(19);
  expect((await get("/api/v1/data?data_type=mirna")).total).toBe(29);
  expect((await get("/api/v1/data?name=COHORT%203")).total).toBe(6);
  // Signs that SQL's LIKE would read are plain text.
  expect((await get("/api/v1/data?name=%25")).total).toBe(0);
});

test("a page behind the end is empty, not an error", async () => {
  expect((await client.get("/api/v1/jobs?page=1000000")).json()).toMatchObject({ items: [], total });
});
