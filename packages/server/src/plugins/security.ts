import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";
import type { Services } from "../http.ts";

/** Nothing that a page here could ask a browser for is needed. */
const permissions = ["camera", "display-capture", "geolocation", "microphone", "payment", "usb", "serial", "hid", "bluetooth"]
  .map((feature) => `${feature}=()`)
  .join(", ");

/** Headers that keep pages of this server to themselves, and CORS for the origins that the configuration names. */
export async function addSecurity(app: FastifyInstance, { platform: { config } }: Services): Promise<void> {
  const encrypted = config.tls !== null;
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        imgSrc: ["'self'", "data:"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        ...(encrypted ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    crossOriginEmbedderPolicy: true,
    // Said below, also behind a proxy that ends TLS.
    strictTransportSecurity: false,
    // An API on another origin than the page that calls it, as CORS allows.
    crossOriginResourcePolicy: { policy: config.corsOrigins.length > 0 ? "cross-origin" : "same-origin" },
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.header("permissions-policy", permissions);
    if (request.protocol === "https") reply.header("strict-transport-security", `max-age=${365 * 24 * 3600}; includeSubDomains`);
  });
  if (config.corsOrigins.length === 0) return;
  await app.register(cors, {
    origin: [...config.corsOrigins],
    credentials: true,
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowedHeaders: ["authorization", "content-type", "idempotency-key", "if-none-match", "x-request-id"],
    exposedHeaders: ["etag", "location", "retry-after", "x-request-id", "idempotency-replayed", "content-disposition"],
    maxAge: 600,
  });
}
