import type { EventBus } from "../../ports/event-bus.ts";
import type { RedisConnection } from "../redis/connection.ts";

export interface RedisEventBusOptions {
  readonly redis: RedisConnection;
  /** before every topic */
  readonly prefix?: string;
  /** a listener that throws */
  readonly onError?: (error: unknown) => void;
}

interface Topic {
  readonly listeners: Set<(message: string) => void>;
  /** resolves when Redis knows of the subscription, or is away */
  readonly known: Promise<void>;
}

/**
 * To all processes, by Redis. What is published while Redis is away is lost, quietly; subscriptions are made, and made again,
 * as soon as it is there. A process subscribes once to each topic however many listen. The connection is the caller's.
 */
export function createRedisEventBus({ redis, prefix = "omicselector2:event:", onError = () => undefined }: RedisEventBusOptions): EventBus {
  const topics = new Map<string, Topic>();
  const { subscriptions } = redis;
  let closed = false;

  const ask = async (channels: string[]) => {
    if (subscriptions.status !== "ready") return;
    try {
      await subscriptions.subscribe(...channels);
    } catch {
      // Still connected and yet not subscribed: a new connection asks for everything again.
      if (subscriptions.status === "ready") subscriptions.disconnect(true);
    }
  };

  redis.onReady("subscriptions", () => {
    if (topics.size > 0) void ask([...topics.keys()]);
  });
  const hear = (channel: string, message: string) => {
    for (const listener of topics.get(channel)?.listeners ?? []) {
      try {
        listener(message);
      } catch (error) {
        onError(error);
      }
    }
  };
  subscriptions.on("message", hear);

  const leave = (channel: string) => {
    topics.delete(channel);
    if (subscriptions.status === "ready") subscriptions.unsubscribe(channel).catch(() => undefined);
  };

  return {
    async publish(topic, message) {
      if (closed) return;
      await redis.commands.publish(prefix + topic, message).catch(() => undefined);
    },
    async subscribe(topic, listener) {
      const channel = prefix + topic;
      // A function of its own for each subscription: the same listener may subscribe twice.
      const own = (message: string) => listener(message);
      const entry = topics.get(channel) ?? { listeners: new Set(), known: ask([channel]) };
      entry.listeners.add(own);
      topics.set(channel, entry);
      await entry.known;
      return async () => {
        entry.listeners.delete(own);
        if (entry.listeners.size === 0 && topics.get(channel) === entry) leave(channel);
      };
    },
    async close() {
      closed = true;
      subscriptions.off("message", hear);
      for (const channel of [...topics.keys()]) leave(channel);
    },
  };
}
