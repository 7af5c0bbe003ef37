import { findUserByLogin, refreshTokens, updateUser } from "@omicselector2/platform";
import { SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Client, type Harness, openHarness, password } from "./harness.ts";

let harness: Harness;
let client: Client;
beforeAll(async () => {
  harness = await openHarness();
  client = await harness.user("anna");
});
afterAll(() => harness.close());

const login = (body: Record<string, unknown>) => harness.anonymous.post("/api/v1/auth/login", body);
const refresh = (token: string) => harness.anonymous.post("/api/v1/auth/refresh", { refresh_token: token });
const register = (body: Record<string, unknown>) =>
  harness.anonymous.post("/api/v1/auth/register", { email: "new@example.com", username: "new", password, ...body });

test.each([
  ["email", { email: "ANNA@example.com" }, "email_taken"],
  ["username", { username: "anna" }, "username_taken"],
  ["username", { username: "ANNA" }, "username_taken"],
])("a taken %s is 409", async (path, body, code) => {
  const answer = await register(body);
  expect([answer.statusCode, answer.json().code, answer.json().errors[0].path]).toEqual([409, code, path]);
});

test.each([
  ["password", { password: "short" }],
  ["password", { password: "x".repeat(73) }],
  ["password", { password: "ż".repeat(37) }],
  ["email", { email: "no address" }],
  ["username", { username: "anna@example.com" }],
  ["role", { role: "admin" }],
])("register refuses a bad %s", async (path, body) => {
  const answer = await register(body);
  expect(answer.statusCode).toBe(422);
  expect(answer.json().errors.map((error: { path: string }) => error.path)).toEqual([path]);
});

test("a password is counted in bytes: 12 of them in six letters are enough", async () => {
  expect((await register({ email: "six@example.com", username: "six", password: "żółćęą" })).statusCode).toBe(201);
});

test("login works by address too, and refuses the wrong with one answer for all", async () => {
  for (const username of ["Anna@Example.com", "ANNA"]) expect((await login({ username, password })).statusCode).toBe(200);
  const wrong = await login({ username: "anna", password: "not the password" });
  const nobody = await login({ username: "nobody", password });
  for (const answer of [wrong, nobody]) {
    expect([answer.statusCode, answer.json().code, answer.headers["www-authenticate"]]).toEqual([
      401,
      "invalid_credentials",
      'Bearer realm="omicselector2"',
    ]);
  }
  expect({ ...nobody.json(), request_id: "" }).toEqual({ ...wrong.json(), request_id: "" });
});

test("a login for nobody takes about as long as any", async () => {
  const time = async (username: string) => {
    const start = performance.now();
    await login({ username, password: "not the password" });
    return performance.now() - start;
  };
  const known = [await time("anna"), await time("anna"), await time("anna")];
  const unknown = [await time("nobody"), await time("nobody"), await time("nobody")];
  // Without the hash of nobody it would be a hundredth.
  expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 3);
});

test("refresh tokens rotate; one used twice revokes its whole login", async () => {
  const first = (await login({ username: "anna", password })).json().refresh_token;
  const second = (await refresh(first)).json().refresh_token;
  expect(second).not.toBe(first);
  const third = await refresh(second);
  expect(third.json()).toMatchObject({ token_type: "bearer", expires_in: 3600 });
  const stolen = await refresh(first);
  expect([stolen.statusCode, stolen.json().code]).toEqual([401, "invalid_refresh_token"]);
  expect((await refresh(third.json().refresh_token)).statusCode).toBe(401);
});

test("two tabs that refresh at once: one gets the next token, the other is told to take that one, nobody is logged out", async () => {
  const answer = await login({ username: "anna", password, refresh_in: "cookie" });
  const cookie = String(answer.headers["set-cookie"]).split(";")[0]!;
  const tab = () => harness.anonymous.post("/api/v1/auth/refresh", undefined, { cookie });
  const tabs = await Promise.all([tab(), tab(), tab()]);
  expect(tabs.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409, 409]);
  for (const { json, headers, statusCode } of tabs.filter(({ statusCode }) => statusCode === 409)) {
    // The browser's cookie is the one of the tab that was quicker: it must stay.
    expect([statusCode, json().code, headers["set-cookie"]]).toEqual([409, "refresh_raced", undefined]);
  }
  const next = String(tabs.find(({ statusCode }) => statusCode === 200)!.headers["set-cookie"]).split(";")[0]!;
  expect((await harness.anonymous.post("/api/v1/auth/refresh", undefined, { cookie: next })).statusCode).toBe(200);
});

test("an expired refresh token is none, and a logout without one is no fault", async () => {
  const { refresh_token } = (await login({ username: "anna", password })).json();
  await harness.platform.db.update(refreshTokens).set({ expiresAt: new Date(Date.now() - 1000) });
  expect((await refresh(refresh_token)).statusCode).toBe(401);
  expect((await harness.anonymous.post("/api/v1/auth/logout")).statusCode).toBe(204);
  client = { ...client, refreshToken: (await login({ username: "anna", password })).json().refresh_token };
});

test("a refresh token can live in an HttpOnly cookie", async () => {
  const answer = await login({ username: "anna", password, refresh_in: "cookie" });
  expect(answer.json()).not.toHaveProperty("refresh_token");
  const cookie = String(answer.headers["set-cookie"]);
  expect(cookie).toMatch(/^omicselector_refresh=[\w-]{43}; Max-Age=2592000; Path=\/api\/v1\/auth; HttpOnly; SameSite=Strict$/);
  const pair = cookie.split(";")[0]!;
  const next = await harness.anonymous.post("/api/v1/auth/refresh", undefined, { cookie: pair });
  expect(next.statusCode).toBe(200);
  expect(next.json()).not.toHaveProperty("refresh_token");
  expect(String(next.headers["set-cookie"])).not.toContain(pair);
});

test("logout ends the login, and may be asked for twice", async () => {
  const token = (await login({ username: "anna", password })).json().refresh_token;
  for (let i = 0; i < 2; i++) expect((await harness.anonymous.post("/api/v1/auth/logout", { refresh_token: token })).statusCode).toBe(204);
  expect((await refresh(token)).statusCode).toBe(401);
});

test("tokens outlive a restart", async () => {
  await harness.rebuild();
  expect((await client.get("/api/v1/auth/me")).statusCode).toBe(200);
  const next = await refresh(client.refreshToken!);
  expect(next.statusCode).toBe(200);
});

test.each(["", "nonsense", "a.b.c"])("token %j is 401 with a challenge", async (token) => {
  const answer = await harness.anonymous.get("/api/v1/auth/me", { authorization: `Bearer ${token}` });
  expect([answer.statusCode, answer.json().code]).toEqual([401, "unauthorized"]);
  expect(answer.headers["www-authenticate"]).toBe('Bearer realm="omicselector2", error="invalid_token"');
});

test("a token signed by another key, by none, or expired is 401", async () => {
  const { id } = (await client.get("/api/v1/auth/me")).json();
  const sign = (key: Uint8Array) =>
    new SignJWT().setProtectedHeader({ alg: "HS256" }).setSubject(id).setIssuer("omicselector2").setExpirationTime("1h").sign(key);
  const none = [{ alg: "none" }, { sub: id, iss: "omicselector2", exp: 4e9 }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const tokens = [await sign(Buffer.from(harness.platform.secret)), await sign(new Uint8Array(32)), `${none.join(".")}.`];
  for (const token of tokens) {
    expect((await harness.anonymous.get("/api/v1/auth/me", { authorization: `Bearer ${token}` })).statusCode).toBe(401);
  }
});

test("PATCH me changes the name freely, address and password with the present password", async () => {
  const bea = await harness.user("bea");
  expect((await bea.patch("/api/v1/auth/me", { full_name: "Bea B." })).json()).toMatchObject({ full_name: "Bea B.", username: "bea" });
  const without = await bea.patch("/api/v1/auth/me", { password: "another password" });
  expect([without.statusCode, without.json().errors[0].path]).toEqual([422, "current_password"]);
  const wrong = await bea.patch("/api/v1/auth/me", { password: "another password", current_password: "wrong" });
  expect([wrong.statusCode, wrong.json().errors[0].path]).toEqual([422, "current_password"]);
  expect((await bea.patch("/api/v1/auth/me", { email: "anna@example.com", current_password: password })).statusCode).toBe(409);
  expect((await bea.patch("/api/v1/auth/me", { password: "another password", current_password: password })).statusCode).toBe(200);
  expect((await refresh(bea.refreshToken!)).statusCode).toBe(401);
  // The access token of the old password goes with it, not only in an hour.
  expect((await bea.get("/api/v1/auth/me")).statusCode).toBe(401);
  expect((await login({ username: "bea", password })).statusCode).toBe(401);
  expect((await login({ username: "bea", password: "another password" })).statusCode).toBe(200);
});

test("who was deactivated is out at once", async () => {
  const carl = await harness.user("carl");
  const row = await findUserByLogin(harness.platform.db, "carl");
  await updateUser(harness.platform.db, row!.id, { isActive: false });
  expect((await carl.get("/api/v1/auth/me")).statusCode).toBe(401);
  expect((await refresh(carl.refreshToken!)).statusCode).toBe(401);
  expect((await login({ username: "carl", password })).statusCode).toBe(401);
});
