import type { FastifySerializerCompiler } from "fastify";
import { serializerCompiler as checkingCompiler } from "fastify-type-provider-zod";
import { z } from "zod";

type Pick = (value: unknown) => unknown;
type Def = z.core.$ZodTypeDef & { innerType?: z.ZodType; element?: z.ZodType; valueType?: z.ZodType; shape?: Record<string, z.ZodType> };

/**
 * Writes answers as their schema declares them: a field that it does not name never leaves, whatever row a handler hands on.
 * Values are not looked at once more: handlers are typed by the schema, and looking takes longer than asking the database.
 */
export const serializerCompiler: FastifySerializerCompiler<z.ZodType | { properties: z.ZodType }> = (route) => {
  const schema = route.schema instanceof z.ZodType ? route.schema : route.schema.properties;
  const pick = pickerOf(schema);
  // What is written differently from what it is in memory is Zod's to turn.
  if (pick === undefined) return checkingCompiler(route as Parameters<typeof checkingCompiler>[0]);
  return (data) => JSON.stringify(pick(data));
};

const whole: Pick = (value) => value;
const plain = new Set(["string", "number", "int", "boolean", "enum", "literal", "null", "unknown", "any"]);

/** Copies what a schema names, in its order; undefined where the schema does more than name. */
export function pickerOf(schema: z.ZodType): Pick | undefined {
  const { type, innerType, element, valueType, shape, ...def } = schema.def as Def;
  if (plain.has(type)) return whole;
  if (type === "object") return "catchall" in def && !isNever(def.catchall) ? undefined : objectPicker(shape!);
  const inner = type === "record" ? valueType : type === "array" ? element : innerType;
  const pick = inner === undefined ? undefined : pickerOf(inner);
  if (pick === undefined) return undefined;
  switch (type) {
    case "optional":
    case "nullable":
      return pick === whole ? whole : (value) => (value === null || value === undefined ? value : pick(value));
    case "array":
      return pick === whole ? whole : (value) => (value as unknown[]).map(pick);
    case "record":
      return pick === whole ? whole : undefined;
    default:
      return undefined;
  }
}

const isNever = (schema: unknown): boolean => schema === undefined || (schema instanceof z.ZodType && schema.def.type === "never");

function objectPicker(shape: Record<string, z.ZodType>): Pick | undefined {
  const fields = Object.entries(shape).map(([name, schema]) => [name, pickerOf(schema)] as const);
  if (fields.some(([, pick]) => pick === undefined)) return undefined;
  return (value) => {
    const copy: Record<string, unknown> = {};
    for (const [name, pick] of fields) copy[name] = pick!((value as Record<string, unknown>)[name]);
    return copy;
  };
}
