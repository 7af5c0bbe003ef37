import { parentPort } from "node:worker_threads";
import { openThread, runUnit, type StudyInput, type Unit } from "@omicselector2/engine";

/** A thread of `example-job.ts`: runs the units that it is sent over the shared matrix of the first message. */
let run: ((unit: Unit) => Uint8Array) | undefined;

parentPort!.on("message", (message: { input: StudyInput; thread: number; threads: number } | { unit: Unit }) => {
  if ("unit" in message) {
    parentPort!.postMessage({ id: message.unit.id, output: run!(message.unit) });
    return;
  }
  const { input, thread, threads } = message;
  const opened = openThread(input.matrix, input.target, thread, threads);
  run = (unit) => runUnit(opened, input, unit, () => new Uint8Array());
  parentPort!.postMessage({ id: "ready" });
});
