import { createJob, findJob, findUserByName, listAudit, updateUser } from "@omicselector2/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Client, type Harness, openHarness, uploadParts } from "./harness.ts";

let harness: Harness;
let owner: Client;
let friend: Client;
let user: Client;
let id: string;

const role = async (name: string, to: "user" | "researcher" | "admin") => {
  const { db } = harness.platform;
  await updateUser(db, (await findUserByName(db, name))!.id, { role: to });
};
const share = (name: string, as = owner) => as.put(`/api/v1/data/${id}/shares/${name}`);
const unshare = (name: string, as = owner) => as.delete(`/api/v1/data/${id}/shares/${name}`);
const seen = async (as: Client) => (await as.get(`/api/v1/data/${id}`)).statusCode;

beforeAll(async () => {
  harness = await openHarness();
  [owner, friend, user] = [await harness.user("owner"), await harness.user("Friend"), await harness.user("plain")];
  await role("owner", "researcher");
});
afterAll(() => harness.close());
beforeEach(async () => {
  id = (await owner.upload(uploadParts())).json().dataset_id;
});

test("a share is given by name in any case of the letters, twice is once, and is listed", async () => {
  expect(await seen(friend)).toBe(404);
  for (const name of ["friend", "FRIEND"]) {
    const answer = await share(name);
    expect([answer.statusCode, answer.json()]).toEqual([200, { username: "Friend", shared_at: expect.stringMatching(/Z$/) }]);
  }
  expect((await owner.get(`/api/v1/data/${id}/shares`)).json()).toEqual({
    items: [{ username: "Friend", shared_at: expect.any(String) }],
    total: 1,
  });
  expect((await friend.get(`/api/v1/data/${id}`)).json()).toMatchObject({ shared: true, owner: "owner" });
  expect((await owner.get(`/api/v1/data/${id}`)).json()).toMatchObject({ shared: false, owner: "owner" });
});

test("lists mark what is somebody else's, and can be asked for it alone", async () => {
  await share("Friend");
  const own = (await friend.upload(uploadParts("mine"))).json().dataset_id;
  const list = async (query: string) => (await friend.get(`/api/v1/data${query}`)).json();
  const shown = (await list("?size=100")).items as { id: string; shared: boolean; owner: string }[];
  expect(shown.find((item) => item.id === id)).toMatchObject({ shared: true, owner: "owner" });
  expect(shown.find((item) => item.id === own)).toMatchObject({ shared: false, owner: "Friend" });
  const [theirs, mine] = [await list("?shared=true&size=100"), await list("?shared=false&size=100")];
  expect(theirs.items.every((item: { shared: boolean }) => item.shared)).toBe(true);
  expect(mine.items.map((item: { id: string }) => item.id)).toContain(own);
  expect(mine.items.every((item: { shared: boolean }) => !item.shared)).toBe(true);
  expect([theirs.total, mine.total]).toEqual([theirs.items.length, mine.items.length]);
  expect((await friend.get("/api/v1/data?shared=perhaps")).statusCode).toBe(422);
});

test("whom it is shared with reads and computes, and changes nothing", async () => {
  await share("Friend");
  for (const path of ["", "/preview", "/doctor", "/download"])
    expect((await friend.get(`/api/v1/data/${id}${path}`)).statusCode, path).toBe(200);
  const refusals = [
    await friend.patch(`/api/v1/data/${id}`, { name: "mine" }),
    await friend.delete(`/api/v1/data/${id}`),
    await share("plain", friend),
    await unshare("plain", friend),
    await friend.get(`/api/v1/data/${id}/shares`),
  ];
  for (const answer of refusals) expect([answer.statusCode, answer.json().code]).toEqual([403, "forbidden"]);
  const job = await friend.post("/api/v1/jobs/feature-selection", { dataset_id: id, methods: ["t_test"] });
  expect(job.statusCode).toBe(201);
  // The job is the friend's, not the owner's.
  expect((await friend.get(`/api/v1/jobs/${job.json().job_id}`)).statusCode).toBe(200);
  expect((await owner.get(`/api/v1/jobs/${job.json().job_id}`)).statusCode).toBe(404);
});

test("the end of a share is the end of access, and of the open jobs on it, at once", async () => {
  await share("Friend");
  const submitted = async (as: Client) =>
    (await as.post("/api/v1/jobs/feature-selection", { dataset_id: id, methods: ["t_test"] })).json().job_id as string;
  const [theirs, own] = [await submitted(friend), await submitted(owner)];
  expect((await unshare("friend")).statusCode).toBe(204);
  expect(await seen(friend)).toBe(404);
  expect((await friend.get("/api/v1/data?shared=true&size=100")).body).not.toContain(id);
  const { db } = harness.platform;
  expect([(await findJob(db, theirs))!.status, (await findJob(db, own))!.status]).toEqual(["cancelled", "pending"]);
  const again = await friend.post(`/api/v1/jobs/${theirs}/rerun`);
  expect([again.statusCode, again.json().code]).toEqual([404, "not_found"]);
  expect((await unshare("friend")).statusCode).toBe(404);
});

test("deleting the dataset ends everybody's access", async () => {
  await share("Friend");
  expect((await owner.delete(`/api/v1/data/${id}`)).statusCode).toBe(204);
  for (const path of ["", "/download", "/preview"]) expect((await friend.get(`/api/v1/data/${id}${path}`)).statusCode).toBe(404);
});

test("who does not want a share ends it, by the own name alone", async () => {
  await share("Friend");
  await share("plain");
  expect((await unshare("plain", friend)).statusCode).toBe(403);
  expect((await unshare("FRIEND", friend)).statusCode).toBe(204);
  expect([await seen(friend), await seen(user)]).toEqual([404, 200]);
});

test("a name that nobody has and one whose account is closed get the same answer; oneself is 422", async () => {
  await harness.user(`closed-${id.slice(0, 8)}`);
  const { db } = harness.platform;
  const closed = (await findUserByName(db, `closed-${id.slice(0, 8)}`))!;
  await updateUser(db, closed.id, { isActive: false });
  const [unknown, inactive] = [await share("nobody"), await share(closed.username)];
  expect([unknown.statusCode, inactive.statusCode]).toEqual([404, 404]);
  const words = (body: string, name: string) => body.replaceAll(name, "NAME").replace(/"request_id":"[^"]*"/, "");
  expect(words(inactive.body, closed.username)).toBe(words(unknown.body, "nobody"));
  const self = await share("OWNER");
  expect([self.statusCode, self.json().errors[0].path]).toEqual([422, "username"]);
  expect((await share("no name at all")).statusCode).toBe(422);
});

test("a user does not share and does not run long jobs; who may is told", async () => {
  id = (await user.upload(uploadParts())).json().dataset_id;
  const refused = await share("Friend", user);
  expect([refused.statusCode, refused.json().code]).toEqual([403, "role_required"]);
  expect(refused.json().detail).toMatch(/only researchers and admins may share datasets, and your role is user/);
  await role("plain", "researcher");
  expect((await share("Friend", user)).statusCode).toBe(200);
  // A role that was lost ends no share, but gives no new one; what was given can be taken back.
  await role("plain", "user");
  expect([await seen(friend), (await share("owner", user)).statusCode, (await unshare("Friend", user)).statusCode]).toEqual([
    200, 403, 204,
  ]);
});

test("jobs of more than an hour are for researchers and admins", async () => {
  const long = await openHarness(
    {},
    {
      validateSelection: async () => ({
        units: [{ id: "select/full/a", stage: 1, cost: 7500 }],
        estimateBytes: 1e6,
        estimateSeconds: 7500,
        queue: "low_priority",
        canonicalMethods: ["t_test"],
        config: { cv_folds: 5 } as never,
      }),
    },
  );
  const anna = await long.user("anna");
  const dataset = (await anna.upload(uploadParts())).json().dataset_id;
  const body = { dataset_id: dataset, methods: ["t_test"] };
  const submit = (path = "feature-selection", more = {}) => anna.post(`/api/v1/jobs${path === "" ? "" : `/${path}`}`, { ...body, ...more });
  const { db } = long.platform;
  const { id: annaId } = (await findUserByName(db, "anna"))!;
  const config = { methods: ["t_test"], cv_folds: 5 };
  const old = await createJob(db, {
    jobType: "feature_selection",
    config,
    userId: annaId,
    datasetId: dataset,
    queue: "default",
    units: [],
  });
  const refusals = [await submit(), await submit("", { job_type: "feature_selection" }), await anna.post(`/api/v1/jobs/${old.id}/rerun`)];
  for (const answer of refusals) {
    expect([answer.statusCode, answer.json().code]).toEqual([403, "role_required"]);
    expect(answer.json().detail).toBe(
      "only researchers and admins may run jobs of more than an hour (this one: about 2.1 hours), and your role is user; an admin can change that",
    );
  }
  expect((await submit("estimate")).json()).toMatchObject({ queue: "low_priority", seconds: 7500 });
  for (const to of ["researcher", "admin"] as const) {
    await updateUser(db, annaId, { role: to });
    expect((await submit()).statusCode).toBe(201);
  }
  await long.close();
});

test("shares are audited, people by their pseudonyms", async () => {
  await share("Friend");
  await unshare("Friend");
  const { db } = harness.platform;
  const [from, to] = [(await findUserByName(db, "owner"))!.pseudonym, (await findUserByName(db, "friend"))!.pseudonym];
  const { items } = await listAudit(db, { page: 1, size: 10, resource: `datasets/${id}/shares/${to}` });
  expect(items.map(({ actor, action }) => [actor, action])).toEqual([
    [from, "dataset.unshare"],
    [from, "dataset.share"],
  ]);
});
