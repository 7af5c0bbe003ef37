import { describe, test } from "vitest";
import { expectClose } from "../../test/close.ts";
import { digamma, trigamma, trigammaInverse } from "./digamma.ts";

const EULER = 0.5772156649015329;

describe("closed forms", () => {
  test.each([
    [1, -EULER, Math.PI ** 2 / 6],
    [0.5, -EULER - 2 * Math.LN2, Math.PI ** 2 / 2],
    [2, 1 - EULER, Math.PI ** 2 / 6 - 1],
    [0.25, -EULER - Math.PI / 2 - 3 * Math.LN2, Math.PI ** 2 + 8 * 0.915965594177219],
  ])("at %f", (x, first, second) => {
    expectClose(digamma(x), first, 1e-14, "digamma");
    expectClose(trigamma(x), second, 1e-14, "trigamma");
  });

  test("large x: near ln x and 1 / x", () => {
    expectClose(digamma(1e8), Math.log(1e8) - 5e-9, 1e-15, "digamma");
    expectClose(trigamma(1e8), 1e-8 + 5e-17, 1e-15, "trigamma");
  });
});

test("where the series takes over nothing jumps: differences are those of the recurrence", () => {
  for (const x of [14.2, 14.999, 15, 15.5, 29.7]) {
    expectClose(digamma(x + 1) - digamma(x), 1 / x, 1e-13, `digamma at ${x}`);
    expectClose(trigamma(x) - trigamma(x + 1), 1 / (x * x), 1e-12, `trigamma at ${x}`);
  }
});

test("the inverse undoes trigamma over twenty-four orders of magnitude", () => {
  for (let power = -12; power <= 12; power += 0.5) {
    const value = 10 ** power;
    expectClose(trigamma(trigammaInverse(value)), value, 1e-12, `trigamma of its inverse at ${value}`);
  }
  expectClose(trigammaInverse(Math.PI ** 2 / 6), 1, 1e-14, "at pi^2 / 6");
});
