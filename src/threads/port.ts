/**
 * A worker as the pool sees it, the same in Node and in browsers.
 * @module
 */

export interface WorkerPort {
  /** Sends a structured clone; the buffers in `transfer` move instead of being copied. */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** `failure` is called once when the worker's code throws or the worker ends by itself. */
  listen(on: {
    readonly message: (value: unknown) => void;
    readonly failure: (reason: string) => void;
  }): void;
  /** Whether the process must stay alive for this worker; browsers need no such thing. */
  hold(busy: boolean): void;
  terminate(): void;
}

/** What a worker sees of its host. */
export interface HostPort {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  listen(message: (value: unknown) => void): void;
}
