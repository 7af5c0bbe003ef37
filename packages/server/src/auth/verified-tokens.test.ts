import { afterEach, expect, test, vi } from "vitest";
import { createTokens } from "./tokens.ts";
import { createVerifiedTokens } from "./verified-tokens.ts";

afterEach(() => vi.useRealTimers());

test("holds no more than it may; who came first goes first", () => {
  const tokens = createVerifiedTokens<{ expiresAt: Date; n: number }>(3);
  const expiresAt = new Date(Date.now() + 1000);
  for (let n = 1; n <= 4; n++) tokens.add(`token ${n}`, { expiresAt, n });
  expect([1, 2, 3, 4].map((n) => tokens.find(`token ${n}`)?.n)).toEqual([undefined, 2, 3, 4]);
});

test("a token that was verified before expires at its time, and its like with another signature is none", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const tokens = createTokens("a secret of thirty-two characters");
  const token = await tokens.signAccess({ id: "3f2b8c1e-5d0a-4c7b-9e6f-0a1b2c3d4e5f", hashedPassword: "x" });
  const access = await tokens.verifyAccess(token);
  expect(access).toMatchObject({ userId: "3f2b8c1e-5d0a-4c7b-9e6f-0a1b2c3d4e5f" });
  expect(await tokens.verifyAccess(token)).toEqual(access);
  expect(await tokens.verifyAccess(`${token.slice(0, -4)}AAAA`)).toBeUndefined();
  vi.setSystemTime(access!.expiresAt.getTime() - 1);
  expect(await tokens.verifyAccess(token)).toEqual(access);
  vi.setSystemTime(access!.expiresAt);
  expect(await tokens.verifyAccess(token)).toBeUndefined();
});
