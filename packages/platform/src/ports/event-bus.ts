/** Tells other processes that something happened; may lose a message, never the truth, which is in the database. */
export interface EventBus {
  publish(topic: string, message: string): Promise<void>;
  /** @returns the way to end the subscription */
  subscribe(topic: string, listener: (message: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
