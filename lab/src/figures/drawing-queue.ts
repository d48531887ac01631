/**
 * Drawings of a page one after the other: the first of a task is made at once, each of the others in a task of its own,
 * so that many figures that change together never keep the page from answering.
 * @module
 */

export interface DrawingQueue {
  /** Draws for `owner`, now or in a later task; what the same owner asked for before and is not drawn yet is dropped. */
  ask(owner: object, draw: () => void): void;
  /** The owner is gone: nothing is drawn for it any more. */
  forget(owner: object): void;
}

/** @param nextTask runs `then` in a task of its own, soon */
export function createDrawingQueue(nextTask: (then: () => void) => void): DrawingQueue {
  const waiting = new Map<object, () => void>();
  let drawn = false;
  // whatever one drawing throws, the others are still made
  const make = (draw: () => void) => {
    drawn = true;
    nextTask(next);
    draw();
  };
  const next = () => {
    drawn = false;
    const [first] = waiting;
    if (first === undefined) return;
    waiting.delete(first[0]);
    make(first[1]);
  };
  return {
    ask(owner, draw) {
      if (drawn) waiting.set(owner, draw);
      else make(draw);
    },
    forget(owner) {
      waiting.delete(owner);
    },
  };
}

/** A message is a task of its own; timers would wait for some milliseconds. */
function messageTask(): (then: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const pending: (() => void)[] = [];
  port1.onmessage = () => pending.shift()?.();
  return (then) => {
    pending.push(then);
    port2.postMessage(null);
  };
}

/** All drawings of the page. */
export const drawings: DrawingQueue = createDrawingQueue(messageTask());
