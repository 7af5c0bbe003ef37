import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Memory of a process and all that it started, in MB of 10^6 bytes; Linux only. */
export interface Peaks {
  /** resident memory of the largest single process, as the system's own high-water mark says */
  largest: number;
  /** the most that all processes held together at one moment: private pages, and pages of each program file once */
  together: number;
  /** of each command line the high-water mark */
  byProcess: Map<string, number>;
}

const MB = 1e6;

interface Memory {
  peak: number;
  anonymous: number;
  file: number;
  program: string;
  name: string;
}

/**
 * Looks at a process and its descendants again and again.
 * Program files (the Node binary, its libraries) are counted once for each program, however many processes map them; unlike PSS
 * the sum does not shrink because a stranger on this machine runs the same binary.
 */
export class ProcessTree {
  readonly peaks: Peaks = { largest: 0, together: 0, byProcess: new Map() };
  readonly #root: number;
  readonly #timer: NodeJS.Timeout;

  constructor(root: number, everyMs = 10) {
    this.#root = root;
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  stop(): Peaks {
    clearInterval(this.#timer);
    return this.peaks;
  }

  #look(): void {
    const files = new Map<string, number>();
    let together = 0;
    for (const pid of treeOf(this.#root)) {
      const memory = memoryOf(pid);
      if (memory === undefined) continue;
      const { peak, anonymous, file, program, name } = memory;
      together += anonymous;
      files.set(program, Math.max(file, files.get(program) ?? 0));
      this.peaks.largest = Math.max(this.peaks.largest, peak);
      this.peaks.byProcess.set(name, Math.max(peak, this.peaks.byProcess.get(name) ?? 0));
    }
    for (const file of files.values()) together += file;
    this.peaks.together = Math.max(this.peaks.together, together);
  }
}

/** A process and its descendants. */
export function treeOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    const parent = Number.isInteger(pid) ? parentOf(pid) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** Processor time of a process and its descendants so far. */
export function processorSeconds(root: number): number {
  const TICKS = 100;
  return treeOf(root).reduce((sum, pid) => sum + (Number(statOf(pid)?.[11] ?? 0) + Number(statOf(pid)?.[12] ?? 0)) / TICKS, 0);
}

function parentOf(pid: number): number | undefined {
  const stat = statOf(pid);
  return stat === undefined ? undefined : Number(stat[1]);
}

/** Fields of /proc/<pid>/stat from the third, the state, on. */
function statOf(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // the name, in parentheses, may hold anything
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function memoryOf(pid: number): Memory | undefined {
  const status = read(`/proc/${pid}/status`);
  const kilobytes = (field: string) => (1024 * Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(status ?? "")?.[1] ?? 0)) / MB;
  // a process that has ended has no memory
  if (status === undefined || !status.includes("VmRSS")) return undefined;
  return {
    peak: kilobytes("VmHWM"),
    anonymous: kilobytes("RssAnon") + kilobytes("RssShmem"),
    file: kilobytes("RssFile"),
    program: attempt(() => readlinkSync(`/proc/${pid}/exe`)) ?? "",
    name: nameOf(pid),
  };
}

/** The scripts and words of a command line, without folders. */
function nameOf(pid: number): string {
  const words = (read(`/proc/${pid}/cmdline`) ?? "").split("\0").filter((word) => word !== "" && !word.startsWith("-"));
  return words
    .slice(0, 3)
    .map((word) => word.slice(word.lastIndexOf("/") + 1))
    .join(" ");
}

function read(path: string): string | undefined {
  return attempt(() => readFileSync(path, "utf8"));
}

/** Processes come and go while one looks. */
function attempt<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}
