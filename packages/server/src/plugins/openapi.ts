import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { VERSION } from "@omicselector2/engine";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { App } from "../http.ts";

const sockets = `Progress comes over WebSockets: \`WS /api/v1/jobs/{id}/ws\`. A snapshot first, then numbered events; \`?after=n\` replays
what came after event n. Closed with 1000 when the job has ended, 4401 without a valid token or when the account ends, 4404 when there is no such job.
The token comes as \`?token=\`, as \`Authorization\`, or as the second of two subprotocols, \`["bearer", token]\`.`;

interface Body {
  required?: boolean;
  content: Record<string, { schema: { anyOf?: { type?: string }[] } }>;
}

/** A body that may be null may be left out. */
function bodiesThatMayBeLeftOut<Document extends object>(document: Document): Document {
  const { paths = {} } = document as { paths?: Record<string, Record<string, { requestBody?: Body }>> };
  for (const { requestBody } of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    if (requestBody === undefined) continue;
    const schemas = Object.values(requestBody.content).map(({ schema }) => schema);
    if (schemas.some(({ anyOf }) => anyOf?.some(({ type }) => type === "null"))) requestBody.required = false;
  }
  return document;
}

/** OpenAPI 3.1 from the same schemas that check requests; the documentation is served from here, nothing from elsewhere. */
export async function addOpenapi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "OmicSelector2",
        version: VERSION,
        description: `Short, stable biomarker signatures from omics matrices.\n\nErrors are \`application/problem+json\`; [every code](/problems).\n\n${sockets}`,
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/" }],
      tags: ["auth", "data", "jobs", "results", "methods", "admin", "system"].map((name) => ({ name })),
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
    },
    transform: jsonSchemaTransform,
    transformObject: (input) => bodiesThatMayBeLeftOut(jsonSchemaTransformObject(input)),
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: false,
    uiConfig: { validatorUrl: null, persistAuthorization: false, displayOperationId: false },
    theme: { title: "OmicSelector2 API" },
  });
  app.get("/openapi.json", { config: { public: true }, schema: { hide: true } }, async (_request, reply) =>
    reply.header("content-type", "application/json; charset=utf-8").send(JSON.stringify(app.swagger())),
  );
}
