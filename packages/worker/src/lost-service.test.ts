import { expect, test } from "vitest";
import { isLostService, persistently } from "./lost-service.ts";

const coded = (code: string, message = "x") => Object.assign(new Error(message), { code });
const s3 = (status: number | undefined, name = "Error") => Object.assign(new Error("x"), { name, $metadata: { httpStatusCode: status } });

test.each([
  coded("ECONNREFUSED"),
  coded("57P01", "terminating connection due to administrator command"),
  coded("08006"),
  coded("40P01"),
  new Error("Connection terminated unexpectedly"),
  new Error("timeout exceeded when trying to connect"),
  new Error("Failed query: select 1", { cause: coded("ECONNRESET") }),
  new AggregateError([coded("ECONNREFUSED"), coded("ECONNREFUSED")]),
  s3(503),
  s3(undefined),
  s3(200, "SlowDown"),
])("away for a while: $message", (error) => {
  expect(isLostService(error)).toBe(true);
});

test.each([coded("23505"), coded("42P01"), new TypeError("x is not a function"), s3(404), s3(403), "text", undefined])(
  "a fault that waiting does not mend: %s",
  (error) => {
    expect(isLostService(error)).toBe(false);
  },
);

test("what fails for want of a service is done again, anything else is thrown at once, and the signal ends it", async () => {
  let tries = 0;
  const never = new AbortController().signal;
  const third = async () => {
    if (++tries < 3) throw coded("ECONNREFUSED");
    return "done";
  };
  expect(await persistently(third, never)).toBe("done");
  expect(tries).toBe(3);
  await expect(persistently(() => Promise.reject(coded("23505")), never)).rejects.toThrow();
  const stop = new AbortController();
  const waiting = persistently(() => Promise.reject(coded("ECONNREFUSED")), stop.signal);
  setTimeout(() => stop.abort(new Error("the job was cancelled")), 20);
  await expect(waiting).rejects.toThrow("the job was cancelled");
});
