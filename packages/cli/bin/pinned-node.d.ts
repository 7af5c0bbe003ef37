/** Path of a Node that is new enough: the pinned one, else the running one; undefined where there is neither. */
export function findNode(): string | undefined;
