/** Version of the engine; part of every result. */
export const VERSION = "2.0.0";
