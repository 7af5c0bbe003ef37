import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import multipart from "@fastify/multipart";
import websocket from "@fastify/websocket";
import { closeCodes } from "@omicselector2/contracts";
import { createMetrics } from "@omicselector2/platform";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { createAudit } from "./audit.ts";
import { createTokens } from "./auth/tokens.ts";
import type { ServerDeps } from "./deps.ts";
import { type App, prefix, type Services } from "./http.ts";
import { logOptions } from "./log-options.ts";
import { addAuthentication } from "./plugins/authentication.ts";
import { addDraining } from "./plugins/draining.ts";
import { addErasures } from "./plugins/erasures.ts";
import { addErrors, answerBrokenRequest, bareHeaders, sendProblem } from "./plugins/errors.ts";
import { addEtag } from "./plugins/etag.ts";
import { addIdempotency } from "./plugins/idempotency.ts";
import { addLimits } from "./plugins/limits.ts";
import { addGauges, countRequests, metricsRoute } from "./plugins/metrics.ts";
import { addOpenapi } from "./plugins/openapi.ts";
import { addQueueBoard } from "./plugins/queue-board.ts";
import { addSecurity } from "./plugins/security.ts";
import { addTracing } from "./plugins/tracing.ts";
import { addValidation } from "./plugins/validation.ts";
import { apiRoutes } from "./routes/index.ts";
import { pageRoutes } from "./routes/pages.ts";
import { systemRoutes } from "./routes/system.ts";
import { dropUnfinishedUploads } from "./upload/receive.ts";
import { createJobFeeds } from "./ws/job-feed.ts";
import { jobSocket } from "./ws/job-socket.ts";
import { createPresence } from "./ws/presence.ts";

/** The whole server, ready to listen; whoever built it closes it, and afterwards the platform. */
export async function buildApp(deps: ServerDeps): Promise<FastifyInstance> {
  const { config, db, events, secret } = deps.platform;
  await dropUnfinishedUploads(config.dataDir, config.cluster === null);
  const metrics = deps.metrics ?? (await createMetrics());
  const app = fastify(options(deps)).withTypeProvider<ZodTypeProvider>() as App;
  const complain = (error: unknown) => app.log.error({ err: error });
  const services: Services = { ...deps, tokens: createTokens(secret), audit: createAudit(db, complain) };
  const feeds = createJobFeeds({ db, events, onError: complain });
  const presence = createPresence({ db, onError: complain });

  app.decorateRequest("user", null);
  app.decorateRequest("heldKey", null);
  app.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  countRequests(app, metrics);
  addTracing(app, services);
  addDraining(app, services);
  addErrors(app);
  addValidation(app);
  addEtag(app);
  await addSecurity(app, services);
  addErasures(app, services);
  await app.register(multipart, { throwFileSizeLimit: false });
  await app.register(websocket, { options: { maxPayload: 4096, handleProtocols: chooseProtocol }, preClose: sayGoodbye });
  // Before the limits: they count by user, so the user must be known by then.
  addAuthenticationBelowPrefix(app, services);
  await addLimits(app, services);
  await addOpenapi(app);
  await addQueueBoard(app as unknown as FastifyInstance, services);
  await app.register(
    async (api: App) => {
      addIdempotency(api, services);
      for (const routes of apiRoutes) routes(api, services);
      jobSocket(api, services, feeds, presence);
    },
    { prefix },
  );
  await app.register(async (root: App) => {
    systemRoutes(root, services);
    metricsRoute(root, services, metrics);
    pageRoutes(root);
  });
  addGauges(metrics, deps.platform);
  metrics.gauge("websockets", "WebSockets that are open", [], () => [{ labels: {}, value: app.websocketServer.clients.size }]);
  app.addHook("onClose", async () => {
    await feeds.close();
    presence.close();
    await services.audit.close();
  });
  await app.ready();
  return app as unknown as FastifyInstance;
}

function options({ log, platform }: ServerDeps): FastifyServerOptions<Server> {
  const { config } = platform;
  const tls = config.tls === null ? {} : { https: config.tls };
  return {
    ...tls,
    logger: logOptions(log, platform),
    bodyLimit: 1024 ** 2,
    // Only that many proxies are believed about who asks, and whether over TLS. A bare number is taken for none by Fastify.
    trustProxy: config.trustProxy === 0 ? false : (_address: string, hop: number) => hop < config.trustProxy,
    routerOptions: { maxParamLength: 400, ignoreTrailingSlash: true },
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
    },
    forceCloseConnections: "idle",
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(error, request, reply.headers({ ...bareHeaders, "x-request-id": request.id })),
  } as FastifyServerOptions<Server>;
}

function addAuthenticationBelowPrefix(app: App, services: Services): void {
  addAuthentication(app, services, (request) => request.routeOptions.url?.startsWith(`${prefix}/`) === true);
}

const chooseProtocol = (protocols: Set<string>): string | false => (protocols.has("bearer") ? "bearer" : ([...protocols][0] ?? false));

/** Whoever still watches is told that the server goes; it comes back with `?after=`. */
function sayGoodbye(this: FastifyInstance, done: () => void): void {
  for (const client of this.websocketServer.clients) {
    client.close(closeCodes.goingAway, "the server is closing");
    setTimeout(() => client.terminate(), 1000).unref();
  }
  this.websocketServer.close();
  done();
}
