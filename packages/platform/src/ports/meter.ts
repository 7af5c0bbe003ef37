/**
 * Told what took how long, in seconds: `unit` computing one (labels: stage), `open` reading the data of a study, `reduce` making a
 * result, `job` from its start to its end (labels: job_type, status). Labels are of few values: no ids, no names that users chose.
 */
export type Observe = (kind: "unit" | "open" | "reduce" | "job", seconds: number, labels: Readonly<Record<string, string>>) => void;
