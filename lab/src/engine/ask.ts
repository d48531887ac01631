/**
 * A single question to a worker.
 * @module
 */
import type { Engine } from "./engine.js";
import type { InputOf, Operations, ResultOf } from "./protocol.js";

/** The answer; it is not given where another question of the same slot follows before it. */
export function ask<O extends Operations, K extends keyof O & string>(
  engine: Engine,
  slot: string,
  name: K,
  input: InputOf<O[K]>,
): Promise<ResultOf<O[K]>> {
  return new Promise((resolve, reject) => {
    engine.run({
      slot,
      name,
      input,
      replace: "wait",
      result: (value) => resolve(value as ResultOf<O[K]>),
      error: reject,
    });
  });
}
