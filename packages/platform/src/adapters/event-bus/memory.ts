import type { EventBus } from "../../ports/event-bus.ts";

/** Within this process. Listeners are called after `publish` returned, so a slow or failing one cannot hold up who publishes. */
export function createMemoryEventBus(onError: (error: unknown) => void = () => undefined): EventBus {
  const topics = new Map<string, Set<(message: string) => void>>();

  return {
    async publish(topic, message) {
      for (const listener of topics.get(topic) ?? []) {
        setImmediate(() => {
          // It may have left meanwhile: after unsubscribe nothing comes any more.
          if (!topics.get(topic)?.has(listener)) return;
          try {
            listener(message);
          } catch (error) {
            onError(error);
          }
        });
      }
    },
    async subscribe(topic, listener) {
      // A function of its own for each subscription: the same listener may subscribe twice.
      const own = (message: string) => listener(message);
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners.add(own));
      return async () => {
        listeners.delete(own);
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic);
      };
    },
    async close() {
      topics.clear();
    },
  };
}
