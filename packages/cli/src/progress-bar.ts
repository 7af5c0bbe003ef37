import { Presets, SingleBar } from "cli-progress";

export interface ProgressBar {
  /** `total` 0: not known yet */
  update(now: { done: number; total: number; etaSeconds: number | null; message: string }): void;
  end(): void;
}

/** A bar on a terminal, plain lines elsewhere. */
export function createProgressBar(out: NodeJS.WriteStream = process.stderr): ProgressBar {
  return out.isTTY ? createBar(out) : createLines(out);
}

function createBar(out: NodeJS.WriteStream): ProgressBar {
  const format = "{bar} {percentage} %  {value}/{total}  {left}  {message}";
  const bar = new SingleBar({ format, stream: out, hideCursor: true, clearOnComplete: true, barsize: 24, fps: 10 }, Presets.shades_classic);
  let started = false;
  return {
    update({ done, total, etaSeconds, message }) {
      const payload = { left: timeLeft(etaSeconds), message: message.slice(0, Math.max(10, out.columns - 60)) };
      if (!started) bar.start(Math.max(1, total), done, payload);
      started = true;
      bar.setTotal(Math.max(1, total));
      bar.update(done, payload);
    },
    end() {
      if (started) bar.stop();
    },
  };
}

/** Every tenth of the way at most. */
function createLines(out: NodeJS.WriteStream): ProgressBar {
  let shown = "";
  return {
    update({ done, total, etaSeconds, message }) {
      const tenth = total === 0 ? message : String(Math.floor((10 * done) / total));
      if (tenth === shown) return;
      shown = tenth;
      const left = timeLeft(etaSeconds);
      out.write(
        total === 0 ? `${message}\n` : `${Math.floor((100 * done) / total)} %  ${done}/${total}${left === "" ? "" : `  ${left}`}\n`,
      );
    },
    end() {},
  };
}

export function timeLeft(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 90) return `${Math.ceil(seconds)} s left`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min left`;
  return `${(seconds / 3600).toFixed(1)} h left`;
}
