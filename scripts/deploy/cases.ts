/** What the chart is rendered with: values that must do, and values that must be refused in one line. */
const least = { existingSecret: "omics", config: { MINIO_ENDPOINT: "https://s3.example.org", S3_BUCKET: "omics" } };
const worker = (by: string) => ({
  queues: ["default"],
  replicas: 2,
  threads: 4,
  resources: { requests: { cpu: 4, memory: "2Gi" } },
  storage: "50Gi",
  gracePeriod: 300,
  autoscaling: { by, minReplicas: 0, maxReplicas: 20, waitingPerWorker: 4, cpuPercent: 70 },
});
const peer = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress" } } }];
const secrets = {
  DATABASE_URL: "postgres://a:b@db/c",
  REDIS_URL: "rediss://:b@cache:6380",
  MINIO_ACCESS_KEY: "a",
  MINIO_SECRET_KEY: "b",
  SECRET_KEY: "c",
  METRICS_TOKEN: "d",
  REDIS_PASSWORD: "b",
};

export const accepted: Record<string, { values: object; kinds: Record<string, number> }> = {
  "as little as possible": {
    values: least,
    kinds: { Deployment: 3, Service: 1, ServiceAccount: 1, PodDisruptionBudget: 3, NetworkPolicy: 4, Job: 1 },
  },
  everything: {
    values: {
      ...least,
      existingSecret: "",
      secrets,
      config: { ...least.config, LOG_LEVEL: "debug", JOB_HOURS: 12, TRUST_PROXY: 1 },
      imagePullSecrets: [{ name: "registry" }],
      api: { autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 9, cpuPercent: 60 } },
      workers: { interactive: worker("keda"), bulk: worker("hpa"), extra: worker("none") },
      keda: { redis: { address: "cache:6380", databaseIndex: 1, tls: true } },
      ingress: { enabled: true, className: "nginx", annotations: { a: "b" }, host: "omics.example.org", tlsSecret: "tls" },
      metrics: { serviceMonitor: { enabled: true, interval: "15s", labels: { release: "prometheus" } } },
      networkPolicy: {
        apiFrom: peer,
        metricsFrom: peer,
        egress: { s3: { port: 9000, to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }, traces: { port: 4318 } },
      },
      podAnnotations: { a: "b" },
      nodeSelector: { disk: "ssd" },
      tolerations: [{ key: "omics", operator: "Exists" }],
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    },
    kinds: {
      Deployment: 4,
      Service: 1,
      ServiceAccount: 1,
      PodDisruptionBudget: 4,
      NetworkPolicy: 4,
      Job: 1,
      Secret: 2,
      HorizontalPodAutoscaler: 2,
      ScaledObject: 1,
      TriggerAuthentication: 1,
      Ingress: 1,
      ServiceMonitor: 1,
      PodMonitor: 1,
    },
  },
  "without hook and policies": {
    values: { ...least, migrations: { enabled: false }, networkPolicy: { enabled: false }, workers: { bulk: null } },
    kinds: { Deployment: 2, Service: 1, ServiceAccount: 1, PodDisruptionBudget: 2 },
  },
};

export const refused: Record<string, { values: object; says: RegExp }> = {
  "no secret": { values: { config: least.config }, says: /set existingSecret to the name of a Secret/ },
  "two secrets": { values: { ...least, secrets }, says: /existingSecret or secrets, not both/ },
  "half a secret": {
    values: { ...least, existingSecret: "", secrets: { DATABASE_URL: "postgres://db" } },
    says: /secrets\.REDIS_URL is missing/,
  },
  "no bucket": { values: { ...least, config: { MINIO_ENDPOINT: "s3" } }, says: /config\.S3_BUCKET is missing/ },
  "a setting that nobody knows": { values: { ...least, config: { ...least.config, LOGLEVEL: "info" } }, says: /LOGLEVEL/ },
  "a secret among the settings": { values: { ...least, config: { ...least.config, SECRET_KEY: "x" } }, says: /SECRET_KEY/ },
  "a value that nobody knows": { values: { ...least, replicas: 3 }, says: /replicas/ },
  "a queue that nobody knows": { values: { ...least, workers: { bulk: { ...worker("none"), queues: ["gpu"] } } }, says: /queues/ },
  "KEDA without Redis": { values: { ...least, workers: { bulk: worker("keda") } }, says: /keda\.redis\.address/ },
  "an ingress without a host": { values: { ...least, ingress: { enabled: true } }, says: /ingress\.host is missing/ },
};
