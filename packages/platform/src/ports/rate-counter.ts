/** Counts what happens too often, for all processes together where there are several. */
export interface RateCounter {
  /**
   * Counts one hit of a key; the first opens a window, at whose end the count begins anew.
   * @param windowMs  length of the window in milliseconds, the same for each hit of a key
   * @returns hits in this window with this one, and the milliseconds until it ends; never rejects
   */
  hit(key: string, windowMs: number): Promise<{ count: number; resetMs: number }>;
}
