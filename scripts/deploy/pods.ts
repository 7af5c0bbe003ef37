import { parseAllDocuments } from "yaml";

export interface Manifest {
  kind: string;
  metadata: { name: string };
  spec?: { template?: { spec?: PodSpec } };
}
interface PodSpec {
  automountServiceAccountToken?: boolean;
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type: string } };
  containers: Container[];
}
interface Container {
  name: string;
  image: string;
  env?: { name: string; value?: string }[];
  livenessProbe?: object;
  readinessProbe?: object;
  resources?: { requests?: { memory?: unknown }; limits?: { memory?: unknown } };
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    readOnlyRootFilesystem?: boolean;
    runAsNonRoot?: boolean;
    capabilities?: { drop?: string[] };
  };
}

export const manifestsOf = (text: string): Manifest[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);

/** Names of settings that the containers are given. */
export const settingsOf = (manifests: readonly Manifest[]): string[] =>
  manifests.flatMap((each) => podOf(each)?.containers ?? []).flatMap(({ env }) => (env ?? []).map(({ name }) => name));

/** What a pod may not do without; a line for each lack. */
export function faultsOf(manifest: Manifest): string[] {
  const pod = podOf(manifest);
  if (pod === undefined) return [];
  const secure = pod.securityContext;
  const where = `${manifest.kind} ${manifest.metadata.name}`;
  const faults = lacks(where, {
    "runs as root": secure?.runAsNonRoot === true && (secure.runAsUser ?? 0) > 0,
    "has no seccomp profile": secure?.seccompProfile?.type === "RuntimeDefault",
    "gets a token of Kubernetes": pod.automountServiceAccountToken === false,
  });
  return [...faults, ...pod.containers.flatMap((container) => faultsOfContainer(`${where}, ${container.name}`, container, manifest.kind))];
}

function faultsOfContainer(where: string, { image, securityContext: secure, resources, ...probes }: Container, kind: string): string[] {
  return lacks(where, {
    "may gain privileges": secure?.allowPrivilegeEscalation === false,
    "can write to its own file system": secure?.readOnlyRootFilesystem === true,
    "keeps capabilities": secure?.capabilities?.drop?.includes("ALL") === true,
    "has an image without a version": /:[\w.-]*\d[\w.-]*$/.test(image) && !image.endsWith(":latest"),
    "asks for no memory": resources?.requests?.memory !== undefined,
    "has no probes": kind === "Job" || (probes.livenessProbe !== undefined && probes.readinessProbe !== undefined),
  });
}

function podOf({ spec }: Manifest): PodSpec | undefined {
  return spec?.template?.spec;
}

function lacks(where: string, checks: Record<string, boolean>): string[] {
  return Object.entries(checks).flatMap(([fault, well]) => (well ? [] : [`${where} ${fault}`]));
}
