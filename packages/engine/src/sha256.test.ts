import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "./sha256.ts";

test("gives the hash of the standard's example", () => {
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("agrees with the host's at every length around the block, and beyond ASCII", () => {
  for (let length = 0; length < 200; length++) {
    const text = "xé€𝄞".repeat(length).slice(0, length);
    expect(sha256(text)).toBe(createHash("sha256").update(text.toWellFormed()).digest("hex"));
  }
});
