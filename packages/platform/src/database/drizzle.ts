import { createRequire } from "node:module";

/*
 * Drizzle as CommonJS, for every file here that needs more than its types: linking its hundred ES modules, which import each other
 * in circles, leaves Node with 200 MB of garbage at start-up and takes four times as long.
 */

// drizzle-kit turns the schema into CommonJS, where `import.meta` is empty; it runs in this package's folder.
const require = createRequire(import.meta.url ?? `file://${process.cwd()}/`);
const orm = require("drizzle-orm") as typeof import("drizzle-orm");
const tables = require("drizzle-orm/pg-core") as typeof import("drizzle-orm/pg-core");
const driver = require("drizzle-orm/node-postgres") as typeof import("drizzle-orm/node-postgres");

export const {
  and,
  asc,
  between,
  count,
  desc,
  eq,
  exists,
  gt,
  gte,
  ilike,
  inArray,
  isNotNull,
  isNull,
  like,
  lt,
  lte,
  ne,
  notInArray,
  or,
  sql,
} = orm;
export const {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  real,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
  varchar,
} = tables;
export const { drizzle } = driver;
