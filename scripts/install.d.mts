interface LockEntry {
  version?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
}
type LockPackages = Record<string, LockEntry>;

export function whyInstall(withDev: boolean): string | undefined;
export function differenceOf(wanted: LockPackages, present: LockPackages, withDev: boolean, pinned?: string): string | undefined;
export function install(): Promise<number>;
